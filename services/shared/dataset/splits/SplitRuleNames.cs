using System.Collections.Frozen;

namespace SynCxr.Mesh.SealedDatasets.Splits;

/// <summary>A way to part pairs into splits: a pure function, so that whoever reads a data set can repeat it.</summary>
internal interface ISplitRule
{
    string Name { get; }

    /// <param name="sets">The entity set of each pair, by index, as numbers of its entities.</param>
    /// <param name="targets">Pairs that each split is to have; they add up to the number of pairs.</param>
    /// <param name="order">Puts texts into an order that nobody chose: a hash of the text and the spec.</param>
    /// <returns>Of each pair, the place of its split in <see cref="SplitNames.All"/>.</returns>
    int[] Assign(IReadOnlyList<int[]> sets, long[] targets, Func<string, ulong> order);
}

/// <summary>The rules by name.</summary>
public static class SplitRuleNames
{
    /// <summary>
    /// All pairs of one entity set in one split: no split holds a report that another was asked for too. The default. Shares are met as
    /// nearly as whole sets allow.
    /// </summary>
    public const string EntitySet = "entity_set";

    /// <summary>Each entity used in each split by the split's share: for tables per finding, where a rare one must not be lost.</summary>
    public const string Balanced = "balanced";

    /// <summary>At random, by exact shares.</summary>
    public const string Share = "share";

    internal static FrozenDictionary<string, ISplitRule> ByName { get; } =
        new ISplitRule[] { new EntitySetSplitRule(), new BalancedSplitRule(), new ShareSplitRule() }
            .ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);
}
