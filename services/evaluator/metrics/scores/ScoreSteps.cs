namespace SynCxr.Mesh.Evaluator.Metrics.Scores;

/// <summary>Positives and negatives that score at or above a threshold.</summary>
internal readonly record struct ScoreStep(double Threshold, int TruePositives, int FalsePositives);

/// <summary>What both curves are made of: the counts at each different score, the highest first.</summary>
internal static class ScoreSteps
{
    /// <exception cref="ArgumentException">No score, or one that is not a finite number.</exception>
    public static IReadOnlyList<ScoreStep> Count(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        if (positives.Count + negatives.Count == 0)
            throw new ArgumentException("At least one score is needed");
        if (positives.Concat(negatives).Any(s => !double.IsFinite(s)))
            throw new ArgumentException("Every score must be a finite number");
        double[] scores = [.. positives, .. negatives];
        var isPositive = new bool[scores.Length];
        Array.Fill(isPositive, true, 0, positives.Count);
        Array.Sort(scores, isPositive);
        var steps = new List<ScoreStep>();
        var hits = 0;
        for (var i = scores.Length - 1; i >= 0; i--)
        {
            hits += isPositive[i] ? 1 : 0;
            if (i == 0 || scores[i - 1] != scores[i])
                steps.Add(new ScoreStep(scores[i], hits, scores.Length - i - hits));
        }

        return steps;
    }
}

/// <summary>Areas under a line through points.</summary>
internal static class TrapezoidArea
{
    /// <param name="points">In order along x, rising or falling.</param>
    public static double Calculate(IReadOnlyList<(double X, double Y)> points) =>
        Math.Abs(points.Zip(points.Skip(1), (a, b) => (b.X - a.X) * (a.Y + b.Y) / 2).Sum());
}
