using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Fréchet distance of two normal distributions fitted to rows (Dowson and Landau 1982; FID, Heusel et al. 2017):
/// |m1 − m2|² + tr(S1 + S2 − 2 (S1½ S2 S1½)½). It grows as sets shrink, so only distances of sets of one size compare.
/// </summary>
/// <remarks>
/// libtorch's LAPACK decomposes the covariances: an interval needs two decompositions for each of some hundred resamples, and MathNet's
/// managed ones take 7 to 10 times as long (services/evaluator/README.md, Decisions).
/// </remarks>
internal static class FrechetDistance
{
    /// <exception cref="ArgumentException">A set has fewer than two rows.</exception>
    public static double Calculate(IReadOnlyList<float[]> x, IReadOnlyList<float[]> y)
    {
        if (x.Count < 2 || y.Count < 2)
            throw new ArgumentException($"A Fréchet distance needs two sets of at least 2 rows; these have {x.Count} and {y.Count}");
        TorchRuntime.ApplyThreadCount();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (mean1, covariance1) = Fit(x);
        var (mean2, covariance2) = Fit(y);
        var root = SquareRoot(covariance1);
        var cross = matmul(matmul(root, covariance2), root);
        var crossTrace = linalg.eigvalsh((cross + cross.transpose(0, 1)) / 2).clamp(min: 0).sqrt().sum();
        return TensorReader.ReadScalar<double>(
            (mean1 - mean2).square().sum() + covariance1.trace() + covariance2.trace() - 2 * crossTrace);
    }

    public static ConfidenceInterval WithInterval(IReadOnlyList<float[]> x, IReadOnlyList<float[]> y, int resamples, ulong seed) =>
        Bootstrap.NormalApproximation(
            [x.Count, y.Count],
            sample => Calculate([.. sample[0].Select(i => x[i])], [.. sample[1].Select(i => y[i])]),
            resamples,
            seed);

    private static (Tensor Mean, Tensor Covariance) Fit(IReadOnlyList<float[]> rows)
    {
        var width = rows[0].Length;
        var values = new double[rows.Count * width];
        for (var i = 0; i < rows.Count; i++)
        {
            for (var k = 0; k < width; k++)
                values[i * width + k] = rows[i][k];
        }

        var matrix = tensor(values, [rows.Count, width], float64); // [N, D]
        var mean = matrix.mean([0]); // [D]
        var centred = matrix - mean;
        return (mean, matmul(centred.transpose(0, 1), centred) / (rows.Count - 1)); // [D], [D, D]
    }

    /// <summary>The symmetric square root; eigenvalues that rounding made negative count as 0.</summary>
    private static Tensor SquareRoot(Tensor symmetric)
    {
        var (values, vectors) = linalg.eigh(symmetric);
        return matmul(vectors * values.clamp(min: 0).sqrt(), vectors.transpose(0, 1));
    }
}
