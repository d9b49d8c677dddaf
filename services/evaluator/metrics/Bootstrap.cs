using MathNet.Numerics.Distributions;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>A value and the interval that holds it in 95 of 100 samples.</summary>
internal readonly record struct ConfidenceInterval(double Value, double Low, double High);

/// <summary>A difference with its interval, and the two-sided p of none.</summary>
internal readonly record struct DifferenceTest(ConfidenceInterval Interval, double PValue);

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
        var value = statistic(AllSamples(groups));
        double[] resampled = [.. Resample(groups, statistic, resamples, seed).Where(double.IsFinite).Order()];
        return FromResamples(value, resampled);
    }

    /// <summary>
    /// The basic interval: the percentile interval mirrored at the value, for statistics whose resamples are shifted by a bias.
    /// </summary>
    public static ConfidenceInterval Basic(IReadOnlyList<int> groups, Func<int[][], double> statistic, int resamples, ulong seed)
    {
        var (value, low, high) = Percentile(groups, statistic, resamples, seed);
        return new ConfidenceInterval(value, 2 * value - high, 2 * value - low);
    }

    /// <summary>
    /// The interval corrected for bias and acceleration (BCa, Efron 1987), for skewed statistics; the acceleration is from leaving out one
    /// sample at a time. NaN where the statistic never varies.
    /// </summary>
    public static ConfidenceInterval BiasCorrected(IReadOnlyList<int> groups, Func<int[][], double> statistic, int resamples, ulong seed)
    {
        var value = statistic(AllSamples(groups));
        double[] resampled = [.. Resample(groups, statistic, resamples, seed).Where(double.IsFinite).Order()];
        if (resampled.Length == 0)
            return new ConfidenceInterval(value, double.NaN, double.NaN);
        var below = (resampled.Count(r => r < value) + resampled.Count(r => r <= value)) / 2.0 / resampled.Length;
        var bias = Normal.InvCDF(0, 1, below);
        var acceleration = Acceleration(groups, statistic);
        return new ConfidenceInterval(value, At(Tail), At(1 - Tail));

        double At(double share)
        {
            var z = bias + Normal.InvCDF(0, 1, share);
            var corrected = Normal.CDF(0, 1, bias + z / (1 - acceleration * z));
            return double.IsFinite(corrected) ? Quantile(resampled, corrected) : double.NaN;
        }
    }

    /// <summary>
    /// Value ± 1.96 standard deviations of the resamples: for statistics that repeated rows bias, as all distances between covariances.
    /// </summary>
    public static ConfidenceInterval NormalApproximation(IReadOnlyList<int> groups, Func<int[][], double> statistic, int resamples,
        ulong seed)
    {
        var value = statistic(AllSamples(groups));
        double[] resampled = [.. Resample(groups, statistic, resamples, seed)];
        var mean = resampled.Average();
        var deviation = Math.Sqrt(resampled.Sum(d => (d - mean) * (d - mean)) / (resampled.Length - 1));
        return new ConfidenceInterval(value, value - 1.96 * deviation, value + 1.96 * deviation);
    }

    /// <summary>The interval of the difference of two statistics on the same resamples.</summary>
    public static ConfidenceInterval PairedDifference(IReadOnlyList<int> groups, Func<int[][], double> one, Func<int[][], double> other,
        int resamples, ulong seed) =>
        Percentile(groups, resamples => one(resamples) - other(resamples), resamples, seed);

    /// <summary>
    /// The interval of a difference, and how likely one as far from 0 is where there is none: twice the share of resamples on the rarer
    /// side of 0, itself counted, so that p is at least 2 / (resamples + 1) (Davison and Hinkley 1997, section 4.2).
    /// </summary>
    /// <param name="difference">Of the resampled indices of each group.</param>
    public static DifferenceTest TestDifference(IReadOnlyList<int> groups, Func<int[][], double> difference, int resamples, ulong seed)
    {
        double[] resampled = [.. Resample(groups, difference, resamples, seed).Where(double.IsFinite).Order()];
        var rarer = Math.Min(resampled.Count(r => r <= 0), resampled.Count(r => r >= 0));
        return new DifferenceTest(
            FromResamples(difference(AllSamples(groups)), resampled), Math.Min(1, 2.0 * (rarer + 1) / (resampled.Length + 1)));
    }

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

    private static ConfidenceInterval FromResamples(double value, double[] sorted) => sorted.Length == 0
        ? new ConfidenceInterval(value, double.NaN, double.NaN)
        : new ConfidenceInterval(value, Quantile(sorted, Tail), Quantile(sorted, 1 - Tail));

    private static int[][] AllSamples(IReadOnlyList<int> groups) => [.. groups.Select(n => Enumerable.Range(0, n).ToArray())];

    private static double Acceleration(IReadOnlyList<int> groups, Func<int[][], double> statistic)
    {
        var (cubes, squares) = (0.0, 0.0);
        for (var g = 0; g < groups.Count; g++)
        {
            var n = groups[g];
            var all = AllSamples(groups);
            double[] without = [.. Enumerable.Range(0, n).Select(i =>
            {
                all[g] = [.. Enumerable.Range(0, n).Where(k => k != i)];
                return statistic(all);
            })];
            var mean = without.Average();
            cubes += without.Sum(w => Math.Pow((n - 1) * (mean - w), 3)) / Math.Pow(n, 3);
            squares += without.Sum(w => Math.Pow((n - 1) * (mean - w), 2)) / Math.Pow(n, 2);
        }

        return cubes / Math.Pow(squares, 1.5) / 6;
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
