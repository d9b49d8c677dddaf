using System.Globalization;

namespace SynCxr.Mesh.SealedDatasets.Splits;

/// <summary>Pairs in an order that nobody chose: the first are to train on, the next to validate, the last to test.</summary>
internal sealed class ShareSplitRule : ISplitRule
{
    public string Name => SplitRuleNames.Share;

    public int[] Assign(IReadOnlyList<int[]> sets, long[] targets, Func<string, ulong> order)
    {
        var splits = new int[sets.Count];
        var shuffled = Enumerable.Range(0, sets.Count).OrderBy(i => order(i.ToString(CultureInfo.InvariantCulture))).ThenBy(i => i);
        foreach (var (place, pair) in shuffled.Index())
            splits[pair] = place < targets[0] ? 0 : place < targets[0] + targets[1] ? 1 : 2;
        return splits;
    }
}
