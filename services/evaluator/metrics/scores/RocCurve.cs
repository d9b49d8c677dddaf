namespace SynCxr.Mesh.Evaluator.Metrics.Scores;

/// <summary>
/// A point of a ROC curve: both rates, in 0..1, of what scores at or above the threshold; NaN where the class is missing.
/// </summary>
internal readonly record struct RocPoint(double FalsePositiveRate, double TruePositiveRate, double Threshold);

/// <summary>
/// ROC curve of a yes/no score, as scikit-learn's <c>roc_curve</c>: from an infinite threshold (nothing is a yes) to the lowest score.
/// </summary>
internal sealed class RocCurve
{
    private readonly IReadOnlyList<ScoreStep> _steps; // the first of them is nothing
    private readonly int _positives, _negatives;

    private RocCurve(IReadOnlyList<ScoreStep> steps, int positives, int negatives) =>
        (_steps, _positives, _negatives) = (steps, positives, negatives);

    /// <summary>The curve with a point for each different score.</summary>
    /// <exception cref="ArgumentException">No score, or one that is not a finite number.</exception>
    public static RocCurve Create(IReadOnlyList<double> positives, IReadOnlyList<double> negatives) => new(
        [new ScoreStep(double.PositiveInfinity, 0, 0), .. ScoreSteps.Count(positives, negatives)], positives.Count, negatives.Count);

    /// <summary>From the highest threshold to the lowest.</summary>
    public IReadOnlyList<RocPoint> Points => [.. _steps.Select(ToPoint)];

    /// <summary>
    /// Without the points that lie between two steps of the same direction and length, as <c>drop_intermediate</c> leaves them out. The
    /// area is the same.
    /// </summary>
    public RocCurve WithoutEvenSteps() => _steps.Count <= 3 ? this : new RocCurve(
        [.. _steps.Where((_, i) => i <= 1 || i == _steps.Count - 1 || !IsEven(i))], _positives, _negatives);

    /// <summary>
    /// The area up to a false positive rate, scaled so that chance is 0.5 and the best 1 (McClish 1989); NaN where a class is missing.
    /// </summary>
    /// <param name="most">The highest false positive rate, above 0 and below 1.</param>
    public double PartialArea(double most)
    {
        if (_positives == 0 || _negatives == 0)
            return double.NaN;
        var points = Points.Select(p => (X: p.FalsePositiveRate, Y: p.TruePositiveRate)).ToList();
        var beyond = points.FindIndex(p => p.X > most);
        var (from, to) = (points[beyond - 1], points[beyond]);
        var height = from.Y + (most - from.X) / (to.X - from.X) * (to.Y - from.Y);
        var area = TrapezoidArea.Calculate([.. points.Take(beyond), (most, height)]);
        var chance = most * most / 2;
        return (1 + (area - chance) / (most - chance)) / 2;
    }

    /// <summary>
    /// The point with the highest true less false positive rate (Youden 1950); of equals the one with the highest threshold, which is
    /// infinite where nothing beats calling nothing a yes. Rates are compared as they are computed, so that rounding may part equals.
    /// </summary>
    public RocPoint BestYouden()
    {
        var best = ToPoint(_steps[0]);
        foreach (var point in Points.Skip(1))
            best = Gain(point) > Gain(best) ? point : best;
        return best;

        static double Gain(RocPoint point) => point.TruePositiveRate - point.FalsePositiveRate;
    }

    private RocPoint ToPoint(ScoreStep step) =>
        new((double)step.FalsePositives / _negatives, (double)step.TruePositives / _positives, step.Threshold);

    private bool IsEven(int i) =>
        _steps[i + 1].TruePositives + _steps[i - 1].TruePositives == 2 * _steps[i].TruePositives
            && _steps[i + 1].FalsePositives + _steps[i - 1].FalsePositives == 2 * _steps[i].FalsePositives;
}
