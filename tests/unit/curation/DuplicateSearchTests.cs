using SynCxr.Mesh.Curation.Likeness;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests;

public sealed class DuplicateSearchTests
{
    private const double Threshold = 0.995; // about 5.7 degrees

    [Fact]
    public void Finish_CandidatesOfOneKind_KeepsTheLowestIndex()
    {
        var losers = Search([(10, 0), (11, 3), (12, 90), (13, 91)]);
        Assert.Equal([11, 13], losers.Select(l => l.Index));
        Assert.Equal(["10", "12"], losers.Select(l => l.Resemblance.Nearest));
        Assert.All(losers, l => Assert.True(l.Resemblance is { Refused: true, Check: "near_duplicate", Threshold: Threshold }));
        Assert.Equal(Math.Cos(3 * Math.PI / 180), losers[0].Resemblance.Similarity, 1e-6);
    }

    [Fact]
    public void Finish_LoserBetweenTwo_DoesNotTakeItsNeighbourAlong()
    {
        // 12 is like 11 and not like 10; 11 is like 10 and goes, so 12 may stay.
        Assert.Equal([11], Search([(10, 0), (11, 4), (12, 8)]).Select(l => l.Index));
    }

    [Fact]
    public void HoldAgainst_AcceptedPairs_OnlyCountBelowTheCandidate()
    {
        var losers = Search([(10, 0), (20, 45)], ([3, 15], [1, 46]));
        Assert.Equal([(10L, "3"), (20L, "15")], losers.Select(l => (l.Index, l.Resemblance.Nearest)));
        Assert.Empty(Search([(10, 45)], ([3, 15], [1, 46])));
    }

    [Fact]
    public void HoldAgainst_EqualSimilarity_NamesTheLowestIndex() =>
        Assert.Equal("2", Assert.Single(Search([(10, 0)], ([7, 2, 5], [1, 1, 1]))).Resemblance.Nearest);

    [Fact]
    public void HoldAgainst_BlocksInAnyOrderAndAnyThreads_GivesTheSameBits()
    {
        var candidates = Enumerable.Range(0, 40).Select(i => new IndexedFeatures(1000 + i, Features.Random(i % 25, 128))).ToArray();
        var rows = Enumerable.Range(0, 300).Select(i => (Index: (long)i, Values: Features.Random(i / 2, 128))).ToArray();
        var expected = Run(candidates, [rows], 1);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Run(candidates, [rows], 2));
        Assert.Equal(expected, Run(candidates, [.. rows.Chunk(7).Reverse()], 2));
    }

    private static (long, long, string)[] Run(IndexedFeatures[] candidates, (long Index, float[] Values)[][] blocks, int threads)
    {
        var search = new DuplicateSearch(candidates, 0.3, threads);
        foreach (var block in blocks)
            search.HoldAgainst([.. block.Select(b => b.Index)], [.. block.SelectMany(b => b.Values)], default);
        return [.. search.Finish(default).Select(l => (l.Index, BitConverter.DoubleToInt64Bits(l.Resemblance.Similarity), l.Resemblance.Nearest))];
    }

    private static IReadOnlyList<Loser> Search((long Index, double Degrees)[] candidates, params (long[] Indexes, double[] Degrees)[] blocks)
    {
        var search = new DuplicateSearch([.. candidates.Select(c => new IndexedFeatures(c.Index, Features.At(c.Degrees)))], Threshold, 2);
        foreach (var (indexes, degrees) in blocks)
            search.HoldAgainst(indexes, [.. degrees.SelectMany(d => Features.At(d))], default);
        return search.Finish(default);
    }
}
