using System.Globalization;

namespace SynCxr.Mesh.SealedDatasets.Splits;

/// <summary>
/// Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, algorithm 1) with exact sizes: the entity with the fewest pairs left
/// goes first, and each of its pairs to the split that lacks that entity most.
/// </summary>
internal sealed class BalancedSplitRule : ISplitRule
{
    public string Name => SplitRuleNames.Balanced;

    public int[] Assign(IReadOnlyList<int[]> sets, long[] targets, Func<string, ulong> order)
    {
        var entities = sets.SelectMany(s => s).DefaultIfEmpty(-1).Max() + 1;
        var pairsOf = Enumerable.Range(0, entities).Select(_ => new List<int>()).ToArray();
        foreach (var pair in Enumerable.Range(0, sets.Count).OrderBy(i => order(i.ToString(CultureInfo.InvariantCulture))).ThenBy(i => i))
        {
            foreach (var entity in sets[pair])
                pairsOf[entity].Add(pair);
        }

        var left = pairsOf.Select(p => p.Count).ToArray();
        var lackingOf = left.Select(count => targets.Select(t => (double)count * t / sets.Count).ToArray()).ToArray();
        var (lacking, splits) = (targets.ToArray(), Enumerable.Repeat(-1, sets.Count).ToArray());
        while (Enumerable.Range(0, entities).Where(e => left[e] > 0).OrderBy(e => left[e]).Select(e => (int?)e).FirstOrDefault()
            is { } rarest)
        {
            foreach (var pair in pairsOf[rarest].Where(p => splits[p] < 0))
            {
                var split = Enumerable.Range(0, targets.Length).Where(s => lacking[s] > 0)
                    .OrderByDescending(s => lackingOf[rarest][s]).ThenByDescending(s => lacking[s]).First();
                splits[pair] = split;
                lacking[split]--;
                foreach (var entity in sets[pair])
                {
                    lackingOf[entity][split]--;
                    left[entity]--;
                }
            }
        }

        return splits;
    }
}
