using System.Text.Json;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Tagging;

/// <summary>The tagger held to the answers of careful readers. The rules for doubtful kinds are in the folder's SOURCE.md.</summary>
public sealed class ReportTextGoldenTests
{
    private const string Name = "report-text-cases";

    /// <summary>Kinds with fewer cases may miss one; the others must reach this share.</summary>
    private const int SmallKind = 10;

    private const double KindBar = 0.9;

    [GoldenFact("report-text-cases")]
    public void Mentions_AreTheReaders()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("mentions.jsonl"))
            return;
        var cases = folder.ReadList("mentions.jsonl");
        foreach (var kind in cases.GroupBy(c => Text(c, "kind")).Where(k => k.Key != "misspelt"))
        {
            var missed = kind.Where(c => FindProblem(c) is not null).Select(c => Text(c, "id")).ToList();
            var allowed = kind.Count() < SmallKind ? 1 : kind.Count() * (1 - KindBar);
            Assert.True(missed.Count <= allowed, $"{kind.Key}: {missed.Count} of {kind.Count()} missed: {string.Join(", ", missed)}");
        }

        GoldenCases.Run($"{Name}/mentions", cases, c => Text(c, "id"), c => Assert.Null(FindProblem(c)));
    }

    [GoldenFact("report-text-cases")]
    public void WrappedTwins_ReadLikeTheirLines()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("mentions.jsonl"))
            return;
        var cases = folder.ReadList("mentions.jsonl");
        var lines = cases.ToDictionary(c => Text(c, "id"), c => Text(c, "text"));
        GoldenCases.Run($"{Name}/twins", cases.Where(c => c.TryGetProperty("twin_of", out _)), c => Text(c, "id"),
            c => Assert.Equal(Answers(lines[Text(c, "twin_of")]), Answers(Text(c, "text"))));
    }

    [GoldenFact("report-text-cases")]
    public void Sections_HoldThroughTheTagger()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("sections.jsonl"))
            return;
        GoldenCases.Run($"{Name}/sections-tagged", folder.ReadList("sections.jsonl"), c => Text(c, "id"), c =>
        {
            var mentions = LexiconTagger.Shipped.Tag(Text(c, "text")).ToLookup(m => m.Concept, m => m.Certainty);
            var present = Concepts(c, "present");
            Assert.All(present, concept => Assert.Contains(Certainty.Present, mentions[concept]));
            Assert.All(Concepts(c, "absent"), concept => Assert.Contains(Certainty.Absent, mentions[concept]));
            Assert.All(Concepts(c, "absent").Except(present).Concat(Concepts(c, "elsewhere_only")),
                concept => Assert.DoesNotContain(Certainty.Present, mentions[concept]));
        });
    }

    /// <summary>What is wrong with the answer to a text, or null: every finding as certain as accepted, and no other one present.</summary>
    private static string? FindProblem(JsonElement item)
    {
        var found = LexiconTagger.Shipped.Tag(Text(item, "text")).Where(m => m.Type != EntityType.Anatomy).ToList();
        var known = new HashSet<Mention>();
        foreach (var wanted in item.GetProperty("mentions").EnumerateArray())
        {
            var concepts = Concepts(wanted, "also").Append(Text(wanted, "concept").Split('/')[^1]).ToList();
            var start = wanted.GetProperty("start").GetInt32();
            var end = start + wanted.GetProperty("length").GetInt32();
            var accepted = wanted.GetProperty("accept").EnumerateArray().Select(a => a.GetString()!).ToList();
            var hits = found.FindAll(m => concepts.Contains(m.Concept) && m.Start < end && m.Start + m.Length > start);
            known.UnionWith(hits);
            if (hits.Count == 0 && !accepted.Contains("NONE"))
                return $"{concepts[^1]} is not found";
            if (hits.Find(m => !accepted.Contains(m.Certainty.ToString().ToUpperInvariant())) is { } wrong)
                return $"{wrong.Concept} is {wrong.Certainty}, not {string.Join(" or ", accepted)}";
        }

        var extra = found.Find(m => m.Certainty == Certainty.Present && !known.Contains(m));
        return extra is null ? null : $"{extra.Concept} is not there";
    }

    private static List<string> Answers(string text) =>
        [.. LexiconTagger.Shipped.Tag(text).Select(m => $"{m.EntityId} {m.Certainty} {m.Implied}")];

    private static List<string> Concepts(JsonElement item, string name) => item.TryGetProperty(name, out var list)
        ? [.. list.EnumerateArray().Select(c => c.GetString()!.Split('/')[^1])] : [];

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;
}
