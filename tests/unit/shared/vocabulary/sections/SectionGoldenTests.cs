using System.Text.Json;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Vocabulary.Sections;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Vocabulary.Sections;

/// <summary>The sectioniser held to the answers of careful readers; letters only, as list marks and masks may stand in either.</summary>
public sealed class SectionGoldenTests
{
    private const string Name = "report-text-cases";

    [GoldenFact("report-text-cases")]
    public void Sections_AreTheReaders()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("sections.jsonl"))
            return;
        GoldenCases.Run($"{Name}/sections", File.ReadLines(folder.Resolve("sections.jsonl")).Select(l => JsonDocument.Parse(l).RootElement),
            c => c.GetProperty("id").GetString()!, Check);
    }

    private static void Check(JsonElement item)
    {
        var text = item.GetProperty("text").GetString()!;
        var sections = ReportSectioniser.Split(text);
        var (findings, impression) = (Mark(text, sections.Findings), Mark(text, sections.Impression));
        var apart = Mark(text, [.. sections.Addendum, .. sections.Unheaded]);
        var wanted = new[] { "findings", "impression", "either", "optional" }.ToDictionary(k => k, k => Mark(text, Ranges(item, k)));
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsLetter(text[at]) || wanted["optional"][at])
                continue;
            var read = findings[at] ? "findings" : impression[at] ? "impression" : apart[at] ? "apart" : "none";
            var right = wanted["findings"][at] ? read == "findings" : wanted["impression"][at] ? read == "impression"
                : wanted["either"][at] ? read != "none" : read == "none";
            Assert.True(right, $"'{text[at..Math.Min(text.Length, at + 30)]}' is read as {read}");
        }
    }

    private static bool[] Mark(string text, IEnumerable<Range> ranges)
    {
        var marks = new bool[text.Length];
        foreach (var range in ranges)
            marks.AsSpan(range).Fill(true);
        return marks;
    }

    private static IEnumerable<Range> Ranges(JsonElement item, string kind) => item.TryGetProperty(kind, out var list)
        ? list.EnumerateArray().Select(r => r[0].GetInt32()..r[1].GetInt32()) : [];
}
