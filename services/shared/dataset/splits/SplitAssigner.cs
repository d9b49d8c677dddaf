using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.SealedDatasets.Splits;

/// <summary>The split of each pair: a pure function of the spec and of the entity sets that the pairs have in the end.</summary>
public static class SplitAssigner
{
    /// <summary>Shares that are written with a few decimals add up to 1 only so nearly.</summary>
    private const double Rounding = 1e-6;

    /// <summary>Whether shares are shares, of which the one to train on is above 0, and add up to 1.</summary>
    public static bool CanBeMet(ResolvedSplits splits) =>
        splits is { Train: > 0 and <= 1, Valid: >= 0 and <= 1, Test: >= 0 and <= 1 }
        && Math.Abs(splits.Train + splits.Valid + splits.Test - 1) <= Rounding;

    /// <param name="spec">Without splits, every pair is to train on.</param>
    /// <param name="specDigest">Digest of the spec, which decides where nothing else does.</param>
    /// <param name="entitySets">Of each pair by index; at least one entity each.</param>
    /// <returns>Of each pair, one of <see cref="SplitNames.All"/>.</returns>
    public static IReadOnlyList<string> Assign(ResolvedSpec spec, string specDigest, IEnumerable<IReadOnlyList<string>> entitySets)
    {
        if (spec.Splits is not { } splits)
            return [.. Enumerable.Repeat(SplitNames.Train, (int)spec.Pairs)];
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var sets = entitySets.Select(set => set.Distinct(StringComparer.Ordinal).Select(NumberOf).ToArray()).ToList();
        var targets = CountTargets(splits, sets.Count);
        return [.. SplitRuleNames.ByName[splits.By].Assign(sets, targets, Order).Select(split => SplitNames.All[split])];

        int NumberOf(string entity)
        {
            if (!numbers.TryGetValue(entity, out var number))
                numbers.Add(entity, number = numbers.Count);
            return number;
        }

        ulong Order(string text) =>
            BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{specDigest}|split|{text}")));
    }

    /// <summary>Whole pairs a split by its share: rounded down, and the pairs left over go to the largest remainders.</summary>
    public static long[] CountTargets(ResolvedSplits splits, long pairs)
    {
        var shares = new[] { splits.Train, splits.Valid, splits.Test };
        var targets = shares.Select(share => (long)Math.Floor(share * pairs)).ToArray();
        if (targets.Sum() > pairs) // shares that add up to a little more than 1
            targets[0] -= targets.Sum() - pairs;
        var byRemainder = Enumerable.Range(0, shares.Length).Where(s => shares[s] > 0)
            .OrderByDescending(s => (shares[s] * pairs) - targets[s]).ToList();
        for (var next = 0; targets.Sum() < pairs; next++)
            targets[byRemainder[next % byRemainder.Count]]++;
        return targets;
    }
}
