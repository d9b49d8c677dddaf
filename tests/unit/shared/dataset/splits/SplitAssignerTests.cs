using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Splits;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset.Splits;

/// <summary>Which pair is in which split: a function of the spec and the entity sets alone.</summary>
public sealed class SplitAssignerTests
{
    public static TheoryData<string> Rules => [.. SplitRuleNames.ByName.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Assign_SpecWithoutSplits_AllToTrainOn() =>
        Assert.All(SplitAssigner.Assign(SpecWith(null, 5), Digest, []), split => Assert.Equal(SplitNames.Train, split));

    [Theory]
    [MemberData(nameof(Rules))]
    public void Assign_SameSpecAndSets_SameSplitsWhateverTheNumberOfThreads(string rule)
    {
        var spec = SpecWith(new ResolvedSplits(rule, 0.7, 0.2, 0.1), 300);
        var sets = Sample(300, distinct: 60);

        var splits = SplitAssigner.Assign(spec, Digest, sets);

        Assert.Equal(splits, SplitAssigner.Assign(spec, Digest, sets));
        Assert.NotEqual(splits, SplitAssigner.Assign(spec, new string('f', 64), sets));
        Assert.Equal(300, splits.Count);
    }

    [Theory]
    [InlineData(SplitRuleNames.Share)]
    [InlineData(SplitRuleNames.Balanced)]
    public void Assign_ByShareOrBalanced_SizesAreExact(string rule)
    {
        var splits = SplitAssigner.Assign(SpecWith(new ResolvedSplits(rule, 0.7, 0.2, 0.1), 101), Digest, Sample(101, distinct: 101));

        Assert.Equal([71, 20, 10], CountOf(splits));
    }

    [Fact]
    public void Assign_ByEntitySet_NoSetIsInTwoSplitsAndSharesAreNear()
    {
        var sets = Sample(1000, distinct: 90);
        var splits = SplitAssigner.Assign(SpecWith(new ResolvedSplits(SplitRuleNames.EntitySet, 0.8, 0.1, 0.1), 1000), Digest, sets);

        Assert.All(sets.Zip(splits).GroupBy(p => string.Join(',', p.First.Order()), p => p.Second), g => Assert.Single(g.Distinct()));
        Assert.All(CountOf(splits).Zip([800, 100, 100]), c => Assert.InRange(c.First, c.Second - 30, c.Second + 30));
    }

    [Fact]
    public void Assign_ByEntitySetWithThreeSets_EachSplitHasOne()
    {
        var sets = Enumerable.Range(0, 24).Select(i => (IReadOnlyList<string>)[$"set {i % 3}"]).ToList();

        var splits = SplitAssigner.Assign(SpecWith(new ResolvedSplits(SplitRuleNames.EntitySet, 0.8, 0.1, 0.1), 24), Digest, sets);

        Assert.Equal([8, 8, 8], CountOf(splits));
    }

    [Fact]
    public void Assign_Balanced_EntitiesAreUsedByShareMoreNearlyThanAtRandom()
    {
        var sets = Sample(1000, distinct: 1000);

        var (balanced, random) = (Deviation(SplitRuleNames.Balanced), Deviation(SplitRuleNames.Share));

        Assert.True(balanced < random / 2, $"{balanced:F2} of {random:F2}");

        // How far the use of each entity in test is from a tenth of its use, in units of what chance alone gives.
        double Deviation(string rule)
        {
            var splits = SplitAssigner.Assign(SpecWith(new ResolvedSplits(rule, 0.8, 0.1, 0.1), 1000), Digest, sets);
            return sets.SelectMany(s => s).Distinct().Sum(entity =>
            {
                var uses = sets.Zip(splits).Where(p => p.First.Contains(entity)).ToList();
                return Math.Pow(uses.Count(u => u.Second == SplitNames.Test) - (uses.Count / 10.0), 2) / (uses.Count * 0.09);
            });
        }
    }

    [Theory]
    [InlineData(0.5, 0.25, 0.25, 10, "5 3 2")] // of equal remainders, the earlier split
    [InlineData(0.34, 0.33, 0.33, 3, "1 1 1")]
    [InlineData(1, 0, 0, 7, "7 0 0")]
    [InlineData(0.9999999, 0.0000001, 0, 10_000_000, "9999999 1 0")]
    public void CountTargets_AnyShares_AddUpToThePairs(double train, double valid, double test, long pairs, string expected) =>
        Assert.Equal(expected, string.Join(' ', SplitAssigner.CountTargets(new ResolvedSplits("share", train, valid, test), pairs)));

    private const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static ResolvedSpec SpecWith(ResolvedSplits? splits, long pairs) =>
        DatasetManifest.Read(SealedSetFixture.Folder).Spec with { Splits = splits, Pairs = pairs };

    private static int[] CountOf(IReadOnlyList<string> splits) => [.. SplitNames.All.Select(name => splits.Count(s => s == name))];

    /// <summary>Sets of three of forty entities, some of them rare.</summary>
    private static List<IReadOnlyList<string>> Sample(int count, int distinct)
    {
        var random = new Random(7);
        var sets = Enumerable.Range(0, distinct).Select(_ => (IReadOnlyList<string>)
            [.. Enumerable.Range(0, 3).Select(_ => $"entity {(int)(40 * Math.Pow(random.NextDouble(), 2))}").Distinct()]).ToList();
        return [.. Enumerable.Range(0, count).Select(i => sets[i % distinct])];
    }
}
