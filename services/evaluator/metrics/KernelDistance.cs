using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Kernel distance (KID, Bińkowski et al. 2018): the unbiased squared maximum mean discrepancy with the kernel (x·y / d + 1)³ of
/// features of d numbers. It may be below zero when the sets are alike.
/// </summary>
internal sealed class KernelDistance
{
    private readonly double[,] _xx, _yy, _xy;

    /// <exception cref="ArgumentException">A set has fewer than two rows.</exception>
    public KernelDistance(IReadOnlyList<float[]> x, IReadOnlyList<float[]> y)
    {
        if (x.Count < 2 || y.Count < 2)
            throw new ArgumentException($"A kernel distance needs two sets of at least 2 rows; these have {x.Count} and {y.Count}");
        (_xx, _yy, _xy) = (FeatureRows.Table(x, x, Kernel), FeatureRows.Table(y, y, Kernel), FeatureRows.Table(x, y, Kernel));
    }

    /// <summary>Over all rows.</summary>
    public double Value => Weighted(Ones(_xx.GetLength(0)), Ones(_yy.GetLength(0)));

    /// <summary>
    /// With its bootstrap interval. A row that a resample has twice makes no pair with itself, so that resamples are as unbiased as the
    /// value.
    /// </summary>
    public ConfidenceInterval WithInterval(int resamples, ulong seed)
    {
        var n = _xx.GetLength(0);
        var m = _yy.GetLength(0);
        return Bootstrap.Percentile([n, m], d => Weighted(Bootstrap.CountSamples(d[0], n), Bootstrap.CountSamples(d[1], m)), resamples,
            seed);
    }

    /// <summary>Mean over random subsets of both sets, as the paper has it.</summary>
    public double OverSubsets(int subsets, int size, ulong seed)
    {
        var n = _xx.GetLength(0);
        var m = _yy.GetLength(0);
        if (size < 2 || size > n || size > m)
            throw new ArgumentOutOfRangeException(nameof(size), $"A subset must have 2 to {Math.Min(n, m)} rows, not {size}");
        return Enumerable.Range(0, subsets).Average(s =>
        {
            var random = RandomSource.Create(seed, "kernel subsets", s);
            return Weighted(Bootstrap.CountSamples(random.Permutation(n)[..size], n),
                Bootstrap.CountSamples(random.Permutation(m)[..size], m));
        });
    }

    private static double Kernel(float[] a, float[] b) => Math.Pow(FeatureRows.Dot(a, b) / a.Length + 1, 3);

    private double Weighted(double[] x, double[] y) => Within(_xx, x) + Within(_yy, y) - 2 * Between(x, y);

    /// <summary>Mean kernel of two different rows.</summary>
    private static double Within(double[,] kernel, double[] weights)
    {
        var sum = 0.0;
        var pairs = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            var row = 0.0;
            var others = 0.0;
            for (var j = 0; j < i; j++)
            {
                row += weights[j] * kernel[i, j];
                others += weights[j];
            }

            sum += weights[i] * row;
            pairs += weights[i] * others;
        }

        return sum / pairs;
    }

    private double Between(double[] x, double[] y)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            if (x[i] == 0)
                continue;
            var row = 0.0;
            for (var j = 0; j < y.Length; j++)
                row += y[j] * _xy[i, j];
            sum += x[i] * row;
        }

        return sum / (x.Sum() * y.Sum());
    }

    private static double[] Ones(int n) => [.. Enumerable.Repeat(1.0, n)];
}
