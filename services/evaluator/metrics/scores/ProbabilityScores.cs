namespace SynCxr.Mesh.Evaluator.Metrics.Scores;

/// <summary>How good probabilities are, not only their order. Both are 0 at best.</summary>
internal static class ProbabilityScores
{
    private static readonly double _least = Math.BitIncrement(1.0) - 1; // a probability of 0 counts as this, as in scikit-learn

    /// <summary>Mean squared difference of probability and truth (Brier 1950).</summary>
    /// <param name="positives">Probabilities of what is true, in 0..1.</param>
    /// <param name="negatives">Probabilities of what is not.</param>
    /// <exception cref="ArgumentException">No probability, or one outside 0..1.</exception>
    public static double Brier(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        ThrowUnlessProbabilities(positives, negatives);
        return (positives.Sum(p => (1 - p) * (1 - p)) + negatives.Sum(p => p * p)) / (positives.Count + negatives.Count);
    }

    /// <summary>Mean negative logarithm of the probability of the truth, in nats; a probability of 0 counts as 2⁻⁵².</summary>
    /// <exception cref="ArgumentException">A probability outside 0..1, or one class only.</exception>
    public static double LogLoss(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        ThrowUnlessProbabilities(positives, negatives);
        if (positives.Count == 0 || negatives.Count == 0)
            throw new ArgumentException(
                $"A log loss needs at least one positive and one negative; there are {positives.Count} and {negatives.Count}");
        return -positives.Concat(negatives.Select(p => 1 - p)).Average(p => Math.Log(Math.Max(_least, p)));
    }

    /// <exception cref="ArgumentException">No probability, or one outside 0..1.</exception>
    internal static void ThrowUnlessProbabilities(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        if (positives.Count + negatives.Count == 0)
            throw new ArgumentException("At least one probability is needed");
        if (positives.Concat(negatives).Any(p => !(p >= 0 && p <= 1)))
            throw new ArgumentException("Every probability must be a number of 0 to 1");
    }
}
