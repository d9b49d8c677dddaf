using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Principal components of rows, each number centred and, where it varies, scaled to a deviation of one. In float64, by MathNet's managed
/// code on one thread: the same rows give the same bits on every machine.
/// </summary>
internal sealed class PrincipalComponents
{
    private readonly double[] _mean, _scale;
    private readonly double[][] _axes;

    static PrincipalComponents()
    {
        Control.UseManaged();
        Control.UseSingleThread();
    }

    private PrincipalComponents(double[] mean, double[] scale, double[][] axes, double[] explained) =>
        (_mean, _scale, _axes, Explained) = (mean, scale, axes, explained);

    /// <summary>Share of the variance along each axis, the largest first.</summary>
    public IReadOnlyList<double> Explained { get; }

    /// <summary>The axes, each of unit length, in the scaled numbers.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Axes => _axes;

    /// <summary>
    /// Fits as many axes as asked for. The sign of an axis is such that its largest number, of equals the first, is positive.
    /// </summary>
    /// <exception cref="ArgumentException">Fewer than two rows, or a value that is not finite.</exception>
    public static PrincipalComponents Fit(IReadOnlyList<float[]> rows, int axes)
    {
        if (rows.Count < 2)
            throw new ArgumentException($"Principal components need at least 2 rows; there are {rows.Count}", nameof(rows));
        if (rows.Any(r => r.Any(v => !float.IsFinite(v))))
            throw new ArgumentException("Every value must be a finite number", nameof(rows));
        var width = rows[0].Length;
        var matrix = Matrix<double>.Build.Dense(rows.Count, width, (i, k) => rows[i][k]); // [N, D]
        var mean = matrix.ColumnSums() / rows.Count;
        var variance = matrix.MapIndexed((_, k, value) => (value - mean[k]) * (value - mean[k]), Zeros.Include).ColumnSums() / rows.Count;
        var scale = variance.Map(value => value > 0 ? Math.Sqrt(value) : 1, Zeros.Include);
        var standardised = matrix.MapIndexed((_, k, value) => (value - mean[k]) / scale[k], Zeros.Include);
        var correlation = standardised.TransposeThisAndMultiply(standardised) / rows.Count; // [D, D]
        var decomposition = correlation.Evd(Symmetricity.Symmetric); // eigenvalues rise
        var values = decomposition.EigenValues.Map(value => Math.Max(0, value.Real), Zeros.Include); // rounding makes some negative
        var count = Math.Min(axes, width);
        return new PrincipalComponents(
            mean.ToArray(),
            scale.ToArray(),
            axes: [.. Enumerable.Range(0, count).Select(k => Signed(decomposition.EigenVectors.Column(width - 1 - k).ToArray()))],
            explained: [.. Enumerable.Range(0, count).Select(k => values[width - 1 - k] / values.Sum())]);
    }

    /// <summary>Where each row lies along an axis.</summary>
    public double[] Project(IReadOnlyList<float[]> rows, int axis) =>
        [.. rows.Select(row => Enumerable.Range(0, _mean.Length).Sum(k => (row[k] - _mean[k]) / _scale[k] * _axes[axis][k]))];

    private static double[] Signed(double[] axis)
    {
        var largest = axis.Max(Math.Abs);
        return axis.First(v => Math.Abs(v) > largest - 1e-6) < 0 ? [.. axis.Select(v => -v)] : axis;
    }
}
