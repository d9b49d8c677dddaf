using SynCxr.Mesh.Curation.Likeness;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Likeness;

public sealed class DuplicateSearchTests
{
    private const double Threshold = 0.995; // about 5.7 degrees

    [Fact]
    public void FindNearDuplicates_CandidatesOfOneKind_KeepsTheLowestIndex()
    {
        var losers = Search([(10, 0), (11, 3), (12, 90), (13, 91)]);
        Assert.Equal([11, 13], losers.Select(l => l.Index));
        Assert.Equal(["10", "12"], losers.Select(l => l.Likeness.Nearest));
        Assert.All(losers, l => Assert.True(l.Likeness is { IsRejected: true, Check: "near_duplicate", Threshold: Threshold }));
        Assert.Equal(Math.Cos(3 * Math.PI / 180), losers[0].Likeness.Similarity, 1e-6);
    }

    [Fact]
    public void FindNearDuplicates_DuplicateBetweenTwo_DoesNotTakeItsNeighbourAlong()
    {
        // 12 is like 11 and not like 10; 11 is like 10 and goes, so 12 may stay.
        Assert.Equal([11], Search([(10, 0), (11, 4), (12, 8)]).Select(l => l.Index));
    }

    [Fact]
    public void CompareWithAccepted_AcceptedPairs_OnlyCountBelowTheCandidate()
    {
        var losers = Search([(10, 0), (20, 45)], ([3, 15], [1, 46]));
        Assert.Equal([(10L, "3"), (20L, "15")], losers.Select(l => (l.Index, l.Likeness.Nearest)));
        Assert.Empty(Search([(10, 45)], ([3, 15], [1, 46])));
    }

    [Fact]
    public void CompareWithAccepted_EqualSimilarity_NamesTheLowestIndex() =>
        Assert.Equal("2", Assert.Single(Search([(10, 0)], ([7, 2, 5], [1, 1, 1]))).Likeness.Nearest);

    [Fact]
    public void CompareWithAccepted_BlocksInAnyOrderAndAnyThreads_GivesTheSameBits()
    {
        var candidates = Enumerable.Range(0, 40).Select(i => new IndexedFeatures(1000 + i, TestFeatures.RandomUnitVector(i % 25, 128)))
            .ToArray();
        var rows = Enumerable.Range(0, 300).Select(i => (Index: (long)i, Values: TestFeatures.RandomUnitVector(i / 2, 128))).ToArray();
        var expected = Run(candidates, [rows], 1);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Run(candidates, [rows], 2));
        Assert.Equal(expected, Run(candidates, [.. rows.Chunk(7).Reverse()], 2));
    }

    private static (long, long, string)[] Run(IndexedFeatures[] candidates, (long Index, float[] Values)[][] blocks, int threads)
    {
        var search = new DuplicateSearch(candidates, 0.3, threads);
        foreach (var block in blocks)
            search.CompareWithAccepted([.. block.Select(b => b.Index)], [.. block.SelectMany(b => b.Values)], default);
        return [.. search.FindNearDuplicates(default)
            .Select(l => (l.Index, BitConverter.DoubleToInt64Bits(l.Likeness.Similarity), l.Likeness.Nearest))];
    }

    private static IReadOnlyList<NearDuplicate> Search((long Index, double Degrees)[] candidates,
        params (long[] Indexes, double[] Degrees)[] blocks)
    {
        var search = new DuplicateSearch([.. candidates.Select(c => new IndexedFeatures(c.Index, TestFeatures.AtAngle(c.Degrees)))],
            Threshold, 2);
        foreach (var (indexes, degrees) in blocks)
            search.CompareWithAccepted(indexes, [.. degrees.SelectMany(d => TestFeatures.AtAngle(d))], default);
        return search.FindNearDuplicates(default);
    }
}
