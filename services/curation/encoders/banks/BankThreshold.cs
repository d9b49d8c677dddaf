using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Curation.Encoders.Banks;

/// <summary>A threshold of a bank, with what it does to examples: an image is rejected at or above it.</summary>
/// <param name="FalseRejects">Good examples that it rejects.</param>
/// <param name="FalseAccepts">Bad examples that it accepts.</param>
public sealed record BankThreshold(double Cosine, WilsonInterval FalseRejects, WilsonInterval FalseAccepts)
{
    /// <summary>What a threshold does.</summary>
    public static BankThreshold Measure(double cosine, IReadOnlyList<double> good, IReadOnlyList<double> bad) =>
        new(cosine, new WilsonInterval(good.Count(c => c >= cosine), good.Count),
            new WilsonInterval(bad.Count(c => c < cosine), bad.Count));

    /// <summary>
    /// The threshold that accepts the fewest bad examples of those that reject at most a share of the good ones; of equals, the highest.
    /// It lies midway between two cosines that were measured, or above all of them.
    /// </summary>
    /// <param name="good">Cosines of good examples to the bank; at least one.</param>
    /// <param name="bad">Cosines of bad examples to the bank; at least one.</param>
    /// <param name="mostFalseRejects">Largest share of the good examples, 0 to 1.</param>
    public static BankThreshold Choose(IReadOnlyList<double> good, IReadOnlyList<double> bad, double mostFalseRejects)
    {
        double[] measured = [.. good.Concat(bad).Distinct().Order()];
        double[] candidates = [.. measured.Zip(measured.Skip(1), (a, b) => (a + b) / 2), (measured[^1] + 1) / 2, 1];
        return candidates.Select(cosine => Measure(cosine, good, bad))
            .Where(threshold => threshold.FalseRejects.Value <= mostFalseRejects)
            .OrderBy(threshold => threshold.FalseAccepts.Hits).ThenByDescending(threshold => threshold.Cosine).FirstOrDefault()
            ?? Measure(1, good, bad); // a good example is in the bank itself
    }
}
