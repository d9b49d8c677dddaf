namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>Counts of a yes/no classifier at one threshold.</summary>
internal readonly record struct Confusion(int TruePositives, int FalsePositives, int TrueNegatives, int FalseNegatives)
{
    /// <summary>Yes at or above the threshold.</summary>
    public static Confusion At(double threshold, IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        var (hits, alarms) = (positives.Count(p => p >= threshold), negatives.Count(n => n >= threshold));
        return new Confusion(hits, alarms, negatives.Count - alarms, positives.Count - hits);
    }

    /// <summary>The threshold among the scores with the highest F1; the lowest such one.</summary>
    public static double BestF1Threshold(IReadOnlyList<double> positives, IReadOnlyList<double> negatives) =>
        positives.Concat(negatives).Distinct().Order().MaxBy(t => At(t, positives, negatives).F1);

    public double Accuracy => (double)(TruePositives + TrueNegatives) / (TruePositives + FalsePositives + TrueNegatives + FalseNegatives);

    /// <summary>Harmonic mean of precision and recall; 0 without a hit.</summary>
    public double F1 => TruePositives == 0 ? 0 : 2.0 * TruePositives / (2.0 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Mean of the two classes' recalls.</summary>
    public double BalancedAccuracy =>
        ((double)TruePositives / (TruePositives + FalseNegatives) + (double)TrueNegatives / (TrueNegatives + FalsePositives)) / 2;
}
