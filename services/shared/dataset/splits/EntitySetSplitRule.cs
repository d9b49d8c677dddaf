using System.Globalization;

namespace SynCxr.Mesh.SealedDatasets.Splits;

/// <summary>
/// Largest sets first, each to the split that still lacks most pairs. The last sets go to splits that are empty, so that no split is left
/// out where there are as many sets as splits.
/// </summary>
internal sealed class EntitySetSplitRule : ISplitRule
{
    public string Name => SplitRuleNames.EntitySet;

    public int[] Assign(IReadOnlyList<int[]> sets, long[] targets, Func<string, ulong> order)
    {
        var groups = sets.Index().GroupBy(s => KeyOf(s.Item), s => s.Index, StringComparer.Ordinal)
            .Select(g => (g.Key, Pairs: g.ToArray(), Order: order(g.Key)))
            .OrderByDescending(g => g.Pairs.Length).ThenBy(g => g.Order).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        var (splits, lacking) = (new int[sets.Count], targets.ToArray());
        var empty = targets.Select(t => t > 0).ToArray();
        foreach (var (number, group) in groups.Index())
        {
            var mustFill = groups.Count - number <= empty.Count(e => e);
            var split = Enumerable.Range(0, targets.Length).Where(s => targets[s] > 0 && (!mustFill || empty[s])).MaxBy(s => lacking[s]);
            (empty[split], lacking[split]) = (false, lacking[split] - group.Pairs.Length);
            foreach (var pair in group.Pairs)
                splits[pair] = split;
        }

        return splits;
    }

    private static string KeyOf(int[] set) => string.Join(',', set.Order().Select(e => e.ToString(CultureInfo.InvariantCulture)));
}
