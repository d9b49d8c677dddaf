using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>A value and the interval that holds it in 95 of 100 samples.</summary>
internal readonly record struct ConfidenceInterval(double Value, double Low, double High);

/// <summary>
/// Bootstrap (Efron and Tibshirani 1993): each group is resampled with replacement and the statistic computed again. The same seed gives
/// the same interval.
/// </summary>
internal static class Bootstrap
{
    private const double Tail = 0.025;

    /// <summary>The percentile interval of a statistic of samples by index.</summary>
    /// <param name="groups">Samples of each group.</param>
    /// <param name="statistic">Statistic of the resampled indices of each group.</param>
    public static ConfidenceInterval Percentile(IReadOnlyList<int> groups, Func<int[][], double> statistic, int resamples, ulong seed)
    {
        var value = statistic([.. groups.Select(n => Enumerable.Range(0, n).ToArray())]);
        double[] resampled = [.. Resample(groups, statistic, resamples, seed).Where(double.IsFinite).Order()];
        return resampled.Length == 0
            ? new ConfidenceInterval(value, double.NaN, double.NaN)
            : new ConfidenceInterval(value, Quantile(resampled, Tail), Quantile(resampled, 1 - Tail));
    }

    /// <summary>
    /// Value ± 1.96 standard deviations of the resamples: for statistics that repeated rows bias, as all distances between covariances.
    /// </summary>
    public static ConfidenceInterval NormalApproximation(IReadOnlyList<int> groups, Func<int[][], double> statistic, int resamples,
        ulong seed)
    {
        var value = statistic([.. groups.Select(n => Enumerable.Range(0, n).ToArray())]);
        double[] resampled = [.. Resample(groups, statistic, resamples, seed)];
        var mean = resampled.Average();
        var deviation = Math.Sqrt(resampled.Sum(d => (d - mean) * (d - mean)) / (resampled.Length - 1));
        return new ConfidenceInterval(value, value - 1.96 * deviation, value + 1.96 * deviation);
    }

    /// <summary>The interval of the difference of two statistics on the same resamples.</summary>
    public static ConfidenceInterval PairedDifference(IReadOnlyList<int> groups, Func<int[][], double> one, Func<int[][], double> other,
        int resamples, ulong seed) =>
        Percentile(groups, resamples => one(resamples) - other(resamples), resamples, seed);

    /// <summary>The interval of a mean.</summary>
    public static ConfidenceInterval Mean(IReadOnlyList<double> values, int resamples, ulong seed) =>
        Percentile([values.Count], resamples => resamples[0].Sum(i => values[i]) / resamples[0].Length, resamples, seed);

    /// <summary>How often each of <paramref name="n"/> rows is in a resample.</summary>
    public static double[] CountSamples(int[] resample, int n)
    {
        var counts = new double[n];
        foreach (var i in resample)
            counts[i]++;
        return counts;
    }

    /// <summary>Interpolates linearly between the two nearest values of a sorted list.</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double share)
    {
        var at = share * (sorted.Count - 1);
        var below = (int)at;
        return below + 1 < sorted.Count ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }

    private static IEnumerable<double> Resample(IReadOnlyList<int> groups, Func<int[][], double> statistic, int resamples, ulong seed)
    {
        for (var r = 0; r < resamples; r++)
        {
            var random = RandomSource.Create(seed, "bootstrap", r);
            yield return statistic([.. groups.Select(n =>
            {
                var resample = new int[n];
                for (var i = 0; i < n; i++)
                    resample[i] = random.NextInt(n);
                return resample;
            })]);
        }
    }
}
