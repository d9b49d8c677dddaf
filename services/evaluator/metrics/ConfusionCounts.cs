using SynCxr.Mesh.Evaluator.Metrics.Scores;

namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>Counts of a yes/no classifier at one threshold.</summary>
internal readonly record struct ConfusionCounts(int TruePositives, int FalsePositives, int TrueNegatives, int FalseNegatives)
{
    /// <summary>Yes at or above the threshold.</summary>
    /// <exception cref="ArgumentException">No score, or one that is not a number.</exception>
    public static ConfusionCounts AtThreshold(double threshold, IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        if (positives.Count + negatives.Count == 0)
            throw new ArgumentException("At least one score is needed");
        if (double.IsNaN(threshold) || positives.Any(double.IsNaN) || negatives.Any(double.IsNaN))
            throw new ArgumentException("Every score must be a number");
        var hits = positives.Count(p => p >= threshold);
        var alarms = negatives.Count(n => n >= threshold);
        return new ConfusionCounts(hits, alarms, negatives.Count - alarms, positives.Count - hits);
    }

    /// <summary>The threshold among the scores with the highest F1; the lowest such one.</summary>
    /// <exception cref="ArgumentException">No positive, or a score that is not a finite number.</exception>
    public static double BestF1Threshold(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        if (positives.Count == 0)
            throw new ArgumentException("The threshold of the best F1 needs at least one positive", nameof(positives));
        (double Score,
            bool IsPositive)[] scores = [.. positives.Select(p => (p, true)).Concat(negatives.Select(n => (n, false)))
                .OrderByDescending(s => s.Item1)];
        if (scores.Any(s => !double.IsFinite(s.Score)))
            throw new ArgumentException("Every score must be a finite number");
        var best = -1.0;
        var threshold = scores[0].Score;
        var hits = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            hits += scores[i].IsPositive ? 1 : 0;
            if (i + 1 < scores.Length && scores[i + 1].Score == scores[i].Score)
                continue;
            var f1 = 2.0 * hits / (i + 1 + positives.Count); // said yes + are yes
            if (f1 >= best)
                (best, threshold) = (f1, scores[i].Score);
        }

        return threshold;
    }

    public double Accuracy => (double)(TruePositives + TrueNegatives) / (TruePositives + FalsePositives + TrueNegatives + FalseNegatives);

    /// <summary>Harmonic mean of precision and recall; 0 without a hit.</summary>
    public double F1 => TruePositives == 0 ? 0 : 2.0 * TruePositives / (2.0 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Share of what is said yes to that is a yes; 0 where nothing is said yes to.</summary>
    public double Precision => TruePositives == 0 ? 0 : (double)TruePositives / (TruePositives + FalsePositives);

    /// <summary>Share of what is a yes that is said yes to; 0 where nothing is a yes.</summary>
    public double Recall => TruePositives == 0 ? 0 : (double)TruePositives / (TruePositives + FalseNegatives);

    /// <summary>Mean of the classes' recalls; where one class is missing, the other's.</summary>
    public double BalancedAccuracy
    {
        get
        {
            var yes = (double)TruePositives / (TruePositives + FalseNegatives);
            var no = (double)TrueNegatives / (TrueNegatives + FalsePositives);
            return double.IsNaN(yes) ? no : double.IsNaN(no) ? yes : (yes + no) / 2;
        }
    }

    /// <summary>The counts as a matrix of truth and answer, for figures of agreement.</summary>
    public ConfusionMatrix ToMatrix() => new([[TrueNegatives, FalsePositives], [FalseNegatives, TruePositives]]);
}
