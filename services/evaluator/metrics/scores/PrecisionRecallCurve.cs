namespace SynCxr.Mesh.Evaluator.Metrics.Scores;

/// <summary>A point of a precision-recall curve: what scores at or above the threshold. Both figures are in 0..1.</summary>
internal readonly record struct PrecisionRecallPoint(double Precision, double Recall, double Threshold);

/// <summary>
/// Precision-recall curve of a yes/no score, as scikit-learn's <c>precision_recall_curve</c>: from the lowest score to an infinite
/// threshold, where precision is 1 and recall 0. Without a positive, recall is 1 at every score.
/// </summary>
internal sealed class PrecisionRecallCurve
{
    private PrecisionRecallCurve(IReadOnlyList<PrecisionRecallPoint> points) => Points = points;

    /// <summary>From the lowest threshold to the highest.</summary>
    public IReadOnlyList<PrecisionRecallPoint> Points { get; }

    /// <summary>
    /// Average precision: the precision at each score, weighted by the recall that it adds. A sum of steps, not of trapezoids, which
    /// would flatter scores with ties. 0 without a positive, 1 with positives only.
    /// </summary>
    public double AveragePrecision => Points.Zip(Points.Skip(1), (a, b) => (a.Recall - b.Recall) * a.Precision).Sum();

    /// <summary>The area under the line through the points; only to compare with work that reports it.</summary>
    public double LinearArea => TrapezoidArea.Calculate([.. Points.Select(p => (p.Recall, p.Precision))]);

    /// <exception cref="ArgumentException">No score, or one that is not a finite number.</exception>
    public static PrecisionRecallCurve Create(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        var points = ScoreSteps.Count(positives, negatives).Select(s => new PrecisionRecallPoint(
            (double)s.TruePositives / (s.TruePositives + s.FalsePositives),
            positives.Count > 0 ? (double)s.TruePositives / positives.Count : 1,
            s.Threshold));
        return new PrecisionRecallCurve([.. points.Reverse(), new PrecisionRecallPoint(1, 0, double.PositiveInfinity)]);
    }
}
