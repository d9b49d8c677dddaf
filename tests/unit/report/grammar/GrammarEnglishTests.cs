using System.Text.RegularExpressions;
using SynCxr.Mesh.Report.Grammar;
using SynCxr.Mesh.Report.Tests.Writing;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Grammar;

/// <summary>Looks for mistakes that a reader sees at once in many reports.</summary>
public sealed class GrammarEnglishTests
{
    private const int Reports = 1_000;

    [Theory]
    [InlineData(@"without [^.,;]*\bwithout\b", "two negations")]
    [InlineData(@"\bThere are an? ", "a plural verb before one thing")]
    [InlineData(@"\botherwise\b", "a contrast to nothing")]
    [InlineData(@"\b(unchanged|stable|no further|remains?)\b", "an earlier study that does not exist")]
    [InlineData(@"\b(\w{3,}) \1\b", "a word twice")]
    [InlineData(@"\ba [aeio]|\ban [bcdfgjklmnpqrtvwxz]", "the wrong article")]
    [InlineData(@"[{}]|\s\s|\s[.,;]|\.\.", "a hole in a template")]
    public async Task GenerateAsync_ManyReports_HoldNone(string pattern, string mistake)
    {
        var found = (await SectionsAsync()).SelectMany(t => Regex.Matches(t, $"[^.]*({pattern})[^.]*")).Select(m => m.Value.Trim())
            .Distinct().Take(10).ToList();
        Assert.True(found.Count == 0, $"{mistake}:\n{string.Join('\n', found)}");
    }

    [Fact]
    public async Task GenerateAsync_AbsentFindings_AgreeWithTheirVerb()
    {
        var terms = EntityVocabulary.Shipped.Entities.Where(e => e.IsNegative && !e.IsNormalStatement)
            .ToDictionary(e => e.Term, StringComparer.Ordinal);
        var seen = 0;
        foreach (Match match in (await SectionsAsync())
            .SelectMany(
                t => Regex.Matches(t,
                    @"[Tt]here (is|are) no (?:visible )?([^.,]+?)(?=[.,]| or | and | in | at | of | along | under | over )")))
        {
            if (!terms.TryGetValue(match.Groups[2].Value, out var entity))
                continue;
            seen++;
            Assert.True(EnglishWording.VerbFor(entity) == match.Groups[1].Value, match.Value);
        }

        Assert.True(seen > 100, $"only {seen} sentences were looked at");
    }

    private static readonly Lazy<Task<string[]>> _all = new(async () =>
    {
        var stream = new SplitMix64(11);
        var texts = new List<string>();
        for (var i = 0UL; i < Reports; i++)
        {
            var report = await new ReportGenerator().GenerateAsync(new ReportRequest
            {
                Entities = ReportGeneratorPropertyTests.SampleEntitySet(stream, 2 + (int)(i % 6), (int)(i % 4)),
                Seed = i,
                Impression = ImpressionStyle.Salient,
            });
            texts.AddRange([report.Findings, report.Impression]);
        }

        return [.. texts];
    });

    private static Task<string[]> SectionsAsync() => _all.Value;
}
