using MathNet.Numerics;

namespace SynCxr.Mesh.Evaluator.Metrics.Significance;

/// <summary>
/// Areas under the ROC curve of two scores of the same things, compared without resampling (DeLong, DeLong and Clarke-Pearson 1988). It
/// takes the things to be independent: with several images of a patient, an interval over patients is to be asked instead.
/// </summary>
/// <param name="First">Area of the first, and its interval of 95 %, within 0..1.</param>
/// <param name="Second">Area of the second.</param>
/// <param name="DifferenceVariance">Variance of the difference of both.</param>
internal readonly record struct DeLongTest(ConfidenceInterval First, ConfidenceInterval Second, double DifferenceVariance)
{
    private const double Normal95 = 1.959963984540054; // 97.5 % of a normal distribution lie below

    /// <summary>Standard deviations by which the second area is above the first; 0 where both are equal.</summary>
    public double Z => Second.Value == First.Value ? 0 : (Second.Value - First.Value) / Math.Sqrt(DifferenceVariance);

    /// <summary>
    /// Two-sided p of equal areas: 1 where both are equal, NaN where they differ and have no variance, as 1 and 0 of separated scores.
    /// </summary>
    public double PValue => Second.Value == First.Value ? 1 : DifferenceVariance > 0 ? SpecialFunctions.Erfc(Math.Abs(Z) / Math.Sqrt(2))
        : double.NaN;

    /// <param name="first">The first score of the positives and of the negatives.</param>
    /// <param name="second">The second score of the same things in the same order.</param>
    /// <exception cref="ArgumentException">Other things, fewer than two positives or negatives, or a score that is not a finite
    /// number.</exception>
    public static DeLongTest Compare((IReadOnlyList<double> Positives, IReadOnlyList<double> Negatives) first,
        (IReadOnlyList<double> Positives, IReadOnlyList<double> Negatives) second)
    {
        var (m, n) = (first.Positives.Count, first.Negatives.Count);
        if (m != second.Positives.Count || n != second.Negatives.Count)
            throw new ArgumentException("Both scores must be of the same things");
        if (m < 2 || n < 2)
            throw new ArgumentException($"DeLong's test needs at least 2 positives and 2 negatives; there are {m} and {n}");
        var (one, other) = (Placements.Create(first.Positives, first.Negatives), Placements.Create(second.Positives, second.Negatives));
        return new DeLongTest(one.Interval(), other.Interval(), one.Minus(other).Variance());
    }

    /// <summary>For each positive the share of negatives below it, for each negative that of positives above; ties count half.</summary>
    private sealed record Placements(double[] Positives, double[] Negatives)
    {
        public static Placements Create(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
        {
            if (positives.Concat(negatives).Any(s => !double.IsFinite(s)))
                throw new ArgumentException("Every score must be a finite number");
            double[] yes = [.. positives.Order()], no = [.. negatives.Order()];
            return new Placements([.. positives.Select(p => ShareBelow(no, p))], [.. negatives.Select(n => 1 - ShareBelow(yes, n))]);
        }

        public Placements Minus(Placements other) =>
            new([.. Positives.Zip(other.Positives, (a, b) => a - b)], [.. Negatives.Zip(other.Negatives, (a, b) => a - b)]);

        public double Variance() => Variance(Positives) / Positives.Length + Variance(Negatives) / Negatives.Length;

        public ConfidenceInterval Interval()
        {
            var (auc, half) = (Positives.Average(), Normal95 * Math.Sqrt(Variance()));
            return new ConfidenceInterval(auc, Math.Max(0, auc - half), Math.Min(1, auc + half));
        }

        private static double ShareBelow(double[] sorted, double value) =>
            (CountBelow(sorted, value) + CountBelow(sorted, Math.BitIncrement(value))) / 2.0 / sorted.Length;

        private static int CountBelow(double[] sorted, double value)
        {
            var (from, to) = (0, sorted.Length);
            while (from < to)
            {
                var middle = (from + to) / 2;
                (from, to) = sorted[middle] < value ? (middle + 1, to) : (from, middle);
            }

            return from;
        }

        private static double Variance(double[] values)
        {
            var mean = values.Average();
            return values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
        }
    }
}
