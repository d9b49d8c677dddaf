namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>How evenly a list is used.</summary>
/// <param name="Min">Fewest uses of an entity that could be sampled.</param>
/// <param name="Median">Median use.</param>
/// <param name="Max">Most uses.</param>
/// <param name="NormalizedEntropy">Entropy of the use over the logarithm of the number of entities: 1 is even.</param>
/// <param name="Entities">Entities that could be sampled.</param>
public sealed record ListUseStatistics(long Min, double Median, long Max, double NormalizedEntropy, long Entities)
{
    public static ListUseStatistics FromCounts(IEnumerable<long> counts)
    {
        var uses = counts.Order().ToArray();
        if (uses.Length == 0)
            return new ListUseStatistics(0, 0, 0, 0, 0);
        var total = (double)uses.Sum();
        var entropy = uses.Where(u => u > 0).Sum(u => -(u / total) * Math.Log(u / total));
        var median = (uses[(uses.Length - 1) / 2] + uses[uses.Length / 2]) / 2.0;
        var normalized = total == 0 ? 0 : uses.Length == 1 ? 1 : entropy / Math.Log(uses.Length);
        return new ListUseStatistics(uses[0], median, uses[^1], normalized, uses.Length);
    }
}
