using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

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
            throw new ArgumentException($"{x.Count} and {y.Count} rows have no Fréchet distance; two each are wanted");
        TorchRuntime.ApplyThreadCount();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var ((mean1, cov1), (mean2, cov2)) = (Fit(x), Fit(y));
        var root = SquareRoot(cov1);
        var cross = matmul(matmul(root, cov2), root);
        var trace = linalg.eigvalsh((cross + cross.transpose(0, 1)) / 2).clamp(min: 0).sqrt().sum();
        return TensorReader.ReadScalar<double>((mean1 - mean2).square().sum() + cov1.trace() + cov2.trace() - 2 * trace);
    }

    public static ConfidenceInterval WithInterval(IReadOnlyList<float[]> x, IReadOnlyList<float[]> y, int resamples, ulong seed) =>
        Bootstrap.NormalApproximation([x.Count, y.Count], d => Calculate([.. d[0].Select(i => x[i])], [.. d[1].Select(i => y[i])]),
            resamples, seed);

    private static (Tensor Mean, Tensor Covariance) Fit(IReadOnlyList<float[]> rows)
    {
        var width = rows[0].Length;
        var all = new double[rows.Count * width];
        for (var i = 0; i < rows.Count; i++)
        {
            for (var k = 0; k < width; k++)
                all[i * width + k] = rows[i][k];
        }

        var matrix = tensor(all, [rows.Count, width], float64);
        var mean = matrix.mean([0]);
        var centred = matrix - mean;
        return (mean, matmul(centred.transpose(0, 1), centred) / (rows.Count - 1));
    }

    private static Tensor SquareRoot(Tensor symmetric)
    {
        var (values, vectors) = linalg.eigh(symmetric);
        return matmul(vectors * values.clamp(min: 0).sqrt(), vectors.transpose(0, 1));
    }
}
