namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Area under the ROC curve: the share of (positive, negative) pairs that are in order, a tie counting half (Mann and Whitney 1947).
/// </summary>
internal static class RocAuc
{
    /// <exception cref="ArgumentException">A group is empty, or a score is not a finite number.</exception>
    public static double Calculate(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        if (positives.Count == 0 || negatives.Count == 0)
            throw new ArgumentException(
                $"An AUC needs at least one positive and one negative; there are {positives.Count} and {negatives.Count}");
        var scores = new double[positives.Count + negatives.Count];
        var isPositive = new bool[scores.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            (scores[i], isPositive[i]) = i < positives.Count ? (positives[i], true) : (negatives[i - positives.Count], false);
            if (!double.IsFinite(scores[i]))
                throw new ArgumentException("Every score must be a finite number");
        }

        Array.Sort(scores, isPositive);
        double ranks = 0;
        for (var from = 0; from < scores.Length;)
        {
            var to = from;
            var tied = 0;
            for (; to < scores.Length && scores[to] == scores[from]; to++)
                tied += isPositive[to] ? 1 : 0;
            ranks += tied * (from + to + 1) / 2.0; // mean rank of the tie, from 1
            from = to;
        }

        return (ranks - positives.Count * (positives.Count + 1) / 2.0) / ((double)positives.Count * negatives.Count);
    }

    /// <summary>With its bootstrap interval; positives and negatives are resampled separately.</summary>
    public static ConfidenceInterval WithInterval(IReadOnlyList<double> positives, IReadOnlyList<double> negatives, int resamples,
        ulong seed) =>
        Bootstrap.Percentile([positives.Count, negatives.Count], d => Calculate(PickValues(positives, d[0]), PickValues(negatives, d[1])),
            resamples, seed);

    public static double[] PickValues(IReadOnlyList<double> values, int[] resample)
    {
        var picked = new double[resample.Length];
        for (var i = 0; i < resample.Length; i++)
            picked[i] = values[resample[i]];
        return picked;
    }
}
