using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Writing;

/// <summary>For any entity set the grammar writes a report that passes the strict check within the default number of attempts.</summary>
public sealed class ReportGeneratorPropertyTests
{
    private const int Seeds = 8;
    private const int Sets = 500;

    [Theory]
    [InlineData(ImpressionStyle.Salient)]
    [InlineData(ImpressionStyle.All)]
    public async Task GenerateAsync_EveryShippedEntityAlone_IsWrittenWithinTheLimit(ImpressionStyle style)
    {
        var failures = new List<string>();
        foreach (var entity in EntityVocabulary.Shipped.Entities)
        {
            for (var seed = 0UL; seed < Seeds; seed++)
                await RecordFailureAsync([entity], seed, style, failures);
        }

        Assert.True(failures.Count == 0,
            $"{failures.Count} of {EntityVocabulary.Shipped.Entities.Count * Seeds}:\n{string.Join('\n', failures)}");
    }

    /// <summary>Normal statements share places and predicates; the tagger must still find exactly the two of them.</summary>
    [Theory]
    [InlineData(ImpressionStyle.Salient)]
    [InlineData(ImpressionStyle.All)]
    public async Task GenerateAsync_AnyTwoNormalStatements_AreWrittenWithinTheLimit(ImpressionStyle style)
    {
        var normal = EntityVocabulary.Shipped.Entities.Where(e => e.IsNormalStatement).ToList();
        var failures = new List<string>();
        foreach (var (first, second) in from a in normal
                                        from b in normal
                                        where string.CompareOrdinal(a.Id, b.Id) < 0
            && !a.Contradicts(b)
                                        select (a, b))
        {
            for (var seed = 0UL; seed < Seeds; seed++)
                await RecordFailureAsync([first, second], seed, style, failures);
        }

        Assert.True(failures.Count == 0, $"{failures.Count}:\n{string.Join('\n', failures)}");
    }

    [Theory]
    [InlineData(3, 2, ImpressionStyle.Salient)]
    [InlineData(3, 2, ImpressionStyle.All)]
    [InlineData(9, 3, ImpressionStyle.Salient)]
    [InlineData(9, 3, ImpressionStyle.All)]
    public async Task GenerateAsync_RandomCompatibleSets_AreWrittenWithinTheLimit(int findings, int places, ImpressionStyle style)
    {
        var failures = new List<string>();
        var stream = new SplitMix64((ulong)((findings * 100) + places));
        for (var i = 0; i < Sets; i++)
            await RecordFailureAsync(SampleEntitySet(stream, findings, places), (ulong)i, style, failures);

        Assert.True(failures.Count == 0, $"{failures.Count} of {Sets}:\n{string.Join('\n', failures)}");
    }

    /// <summary>Samples findings that contradict none of the earlier ones, then places; no concept twice, as in the balancer.</summary>
    internal static List<Entity> SampleEntitySet(SplitMix64 stream, int findings, int places)
    {
        var set = new List<Entity>();
        foreach (var (isFinding, count) in new[] { (true, findings), (false, findings + places) })
        {
            var pool = EntityVocabulary.Shipped.Entities.Where(e => e.IsFinding == isFinding).ToList();
            while (set.Count < count)
            {
                var next = stream.Pick(pool);
                if (!set.Exists(e => e.Contradicts(next) || (e.Concept == next.Concept && e.IsFinding == next.IsFinding)))
                    set.Add(next);
            }
        }

        return set;
    }

    private static async Task RecordFailureAsync(List<Entity> set, ulong seed, ImpressionStyle style, List<string> failures)
    {
        try
        {
            await new ReportGenerator().GenerateAsync(new ReportRequest { Entities = set, Seed = seed, Impression = style });
        }
        catch (MeshException error) when (error.Reason == ErrorReasons.EntityCheckFailed)
        {
            var texts = ((ReportAttempt[])error.Data["attempts"]!).Where(a => !a.Accepted).Select(a => "    " + a.Text);
            failures.Add($"{string.Join(", ", set.Select(e => e.Id))} seed {seed}: {error.Message}\n{string.Join('\n', texts)}");
        }
    }
}
