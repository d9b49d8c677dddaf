using MathNet.Numerics.LinearAlgebra;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Fréchet distance of two normal distributions fitted to rows (Dowson and Landau 1982; FID, Heusel et al. 2017):
/// |m1 − m2|² + tr(S1 + S2 − 2 (S1½ S2 S1½)½). It grows as sets shrink, so only distances of sets of one size compare.
/// </summary>
internal static class FrechetDistance
{
    /// <exception cref="ArgumentException">A set has fewer than two rows.</exception>
    public static double Calculate(IReadOnlyList<float[]> x, IReadOnlyList<float[]> y)
    {
        if (x.Count < 2 || y.Count < 2)
            throw new ArgumentException($"A Fréchet distance needs two sets of at least 2 rows; these have {x.Count} and {y.Count}");
        var (mean1, covariance1) = Fit(x);
        var (mean2, covariance2) = Fit(y);
        var root = SymmetricEigenvalues.SquareRoot(covariance1);
        var cross = root * covariance2 * root;
        var (values, _) = SymmetricEigenvalues.Decompose((cross + cross.Transpose()) / 2);
        var difference = mean1 - mean2;
        return difference * difference + covariance1.Trace() + covariance2.Trace() - 2 * values.Sum(Math.Sqrt);
    }

    public static ConfidenceInterval WithInterval(IReadOnlyList<float[]> x, IReadOnlyList<float[]> y, int resamples, ulong seed) =>
        Bootstrap.NormalApproximation(
            [x.Count, y.Count],
            sample => Calculate([.. sample[0].Select(i => x[i])], [.. sample[1].Select(i => y[i])]),
            resamples,
            seed);

    private static (Vector<double> Mean, Matrix<double> Covariance) Fit(IReadOnlyList<float[]> rows)
    {
        var matrix = SymmetricEigenvalues.ToMatrix(rows);
        var mean = matrix.ColumnSums() / rows.Count;
        var centred = matrix.MapIndexed((_, column, value) => value - mean[column], Zeros.Include);
        return (mean, centred.TransposeThisAndMultiply(centred) / (rows.Count - 1));
    }
}
