using System.Text.Json;
using SynCxr.Mesh.Report.Labelling;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Labelling;

/// <summary>The 14 labels held to the answers of the published labeler's rules: all 14 of a text must be equal.</summary>
public sealed class ChexpertLabelerGoldenTests
{
    private const string Name = "report-text-cases";

    [GoldenFact("report-text-cases")]
    public void Labels_AreTheLabelers()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("labels.jsonl"))
            return;
        GoldenCases.Run($"{Name}/labels", File.ReadLines(folder.Resolve("labels.jsonl")).Select(l => JsonDocument.Parse(l).RootElement),
            c => c.GetProperty("id").GetString()!, c =>
            {
                var expected = c.GetProperty("labels").EnumerateObject().Select(l => $"{l.Name} {ValueOf(l.Value)}");
                var labels = ChexpertLabeler.Label(c.GetProperty("text").GetString()!);
                Assert.Equal(string.Join(", ", expected.Where(IsMentioned).Order(StringComparer.Ordinal)),
                    string.Join(", ", labels.Select(l => $"{l.Key} {l.Value}").Where(IsMentioned).Order(StringComparer.Ordinal)));
            });
    }

    private static bool IsMentioned(string label) => !label.EndsWith(nameof(LabelValue.NotMentioned), StringComparison.Ordinal);

    private static LabelValue ValueOf(JsonElement value) => value.ValueKind == JsonValueKind.Null ? LabelValue.NotMentioned
        : value.GetInt32() switch { 1 => LabelValue.Positive, 0 => LabelValue.Negative, _ => LabelValue.Uncertain };
}
