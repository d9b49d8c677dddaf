namespace SynCxr.Mesh.Evaluator.Metrics.Scores;

/// <summary>
/// Calibration error of probabilities (Naeini et al. 2015; Guo et al. 2017): 0..1 is cut into bins of one width, and in each the mean
/// probability is compared with the share that is true. What is exactly 1 has a bin of its own, as in torchmetrics; empty bins weigh
/// nothing.
/// </summary>
/// <param name="Expected">Mean gap, weighted by what a bin holds: the ECE.</param>
/// <param name="RootMeanSquare">Root of the mean squared gap, weighted likewise.</param>
/// <param name="Largest">The largest gap.</param>
internal readonly record struct CalibrationError(double Expected, double RootMeanSquare, double Largest)
{
    /// <summary>What most work uses.</summary>
    public const int Bins = 15;

    /// <param name="positives">Probabilities of what is true, in 0..1.</param>
    /// <param name="negatives">Probabilities of what is not.</param>
    /// <exception cref="ArgumentException">No probability, or one outside 0..1.</exception>
    public static CalibrationError Calculate(IReadOnlyList<double> positives, IReadOnlyList<double> negatives, int bins = Bins)
    {
        ProbabilityScores.ThrowUnlessProbabilities(positives, negatives);
        var edges = UpperEdges(bins);
        var total = (double)(positives.Count + negatives.Count);
        var gaps = positives.Select(p => (Probability: p, Truth: 1.0)).Concat(negatives.Select(p => (Probability: p, Truth: 0.0)))
            .GroupBy(s => edges.Count(edge => s.Probability >= edge))
            .Select(g => (Gap: Math.Abs(g.Average(s => s.Truth) - g.Average(s => s.Probability)), Share: g.Count() / total)).ToList();
        return new CalibrationError(
            gaps.Sum(g => g.Gap * g.Share), Math.Sqrt(gaps.Sum(g => g.Gap * g.Gap * g.Share)), gaps.Max(g => g.Gap));
    }

    // Edges as torch.linspace computes them, from both ends, since scores such as 0.3 lie on them: to the bit, 3 × 0.1 is above 0.3.
    private static double[] UpperEdges(int bins)
    {
        var width = 1.0 / bins;
        return [.. Enumerable.Range(1, bins).Select(i => i < (bins + 1) / 2 ? i * width : 1 - (bins - i) * width)];
    }
}
