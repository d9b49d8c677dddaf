using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>Principal components of rows, each number centred and, where it varies, scaled to a deviation of one. In float64.</summary>
internal sealed class PrincipalComponents
{
    private readonly double[] _mean, _scale;
    private readonly double[][] _axes;

    private PrincipalComponents(double[] mean, double[] scale, double[][] axes, double[] explained) =>
        (_mean, _scale, _axes, Explained) = (mean, scale, axes, explained);

    /// <summary>Share of the variance along each axis, the largest first.</summary>
    public IReadOnlyList<double> Explained { get; }

    /// <summary>
    /// Fits as many axes as asked for. The sign of an axis is such that its largest number, of equals the first, is positive.
    /// </summary>
    /// <exception cref="ArgumentException">Fewer than two rows, or a value that is not finite.</exception>
    public static PrincipalComponents Fit(IReadOnlyList<float[]> rows, int axes)
    {
        if (rows.Count < 2)
            throw new ArgumentException($"{rows.Count} rows have no components; two are wanted", nameof(rows));
        if (rows.Any(r => r.Any(v => !float.IsFinite(v))))
            throw new ArgumentException("a value is not a finite number", nameof(rows));
        using var scope = NewDisposeScope();
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        var width = rows[0].Length;
        var matrix = tensor(rows.SelectMany(r => r.Select(v => (double)v)).ToArray(), [rows.Count, width], float64);
        var mean = matrix.mean([0]);
        var deviation = (matrix - mean).square().mean([0]).sqrt();
        var scale = where(deviation > 0, deviation, ones_like(deviation));
        var standard = (matrix - mean) / scale;
        var (values, vectors) = linalg.eigh(matmul(standard.transpose(0, 1), standard) / rows.Count); // rising
        var shares = TensorReader.ReadArray<double>(values.clamp(min: 0) / values.clamp(min: 0).sum());
        var columns = TensorReader.ReadArray<double>(vectors.transpose(0, 1));
        var most = Math.Min(axes, width);
        return new PrincipalComponents(
            TensorReader.ReadArray<double>(mean), TensorReader.ReadArray<double>(scale),
            [.. Enumerable.Range(0, most).Select(k => Signed(columns[((width - 1 - k) * width)..((width - k) * width)]))],
            [.. Enumerable.Range(0, most).Select(k => shares[width - 1 - k])]);
    }

    /// <summary>Where each row lies along an axis.</summary>
    public double[] Project(IReadOnlyList<float[]> rows, int axis) =>
        [.. rows.Select(row => Enumerable.Range(0, _mean.Length).Sum(k => (row[k] - _mean[k]) / _scale[k] * _axes[axis][k]))];

    private static double[] Signed(double[] axis)
    {
        var most = axis.Max(Math.Abs);
        return axis.First(v => Math.Abs(v) > most - 1e-6) < 0 ? [.. axis.Select(v => -v)] : axis;
    }
}
