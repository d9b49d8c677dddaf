using System.Globalization;
using System.Text.Json;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts;

/// <summary>Miniatures of public data sets, laid out as these are, held to what a careful reader finds in them.</summary>
public sealed class LayoutGoldenTests
{
    private const string Name = "dataset-layouts";
    private const double BoxTolerance = 1e-9;

    /// <summary>What other rules would find, which the folder gives beside ours; what identifies the entry.</summary>
    private static readonly string[] _notCompared = ["sections_by_capitals", "file"];

    [GoldenFact("dataset-layouts")]
    public void Sets_AreReadAsACarefulReaderDoes()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        GoldenCases.Run(Name, Directory.GetDirectories(folder.Path).Order(StringComparer.Ordinal), f => Path.GetFileName(f), Check);
    }

    private static void Check(string folder)
    {
        var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json"))).RootElement;
        var source = new RadiographSource(expected.GetProperty("layout").GetString()!, folder) { Views = ViewNames.All };
        var read = DataLayouts.Read(source, "source", TestContext.Current.CancellationToken);
        var images = expected.GetProperty("images").EnumerateArray().ToList();
        var found = read.Studies.ToDictionary(s => Path.GetRelativePath(folder, s.ImageFile!), StringComparer.Ordinal);
        Assert.Equal(images.Select(i => i.GetProperty("file").GetString()!), found.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(read.Studies.Select(s => s.Id).Order(StringComparer.Ordinal), read.Studies.Select(s => s.Id));
        foreach (var image in images)
        {
            var study = found[image.GetProperty("file").GetString()!];
            foreach (var field in image.EnumerateObject().Where(f => !_notCompared.Contains(f.Name)))
                CheckField(study, field.Name, field.Value, source);
        }

        Assert.Equal(expected.GetProperty("left_out").GetArrayLength(), read.LeftOut.Sum(l => l.Count));
        Assert.All(read.LeftOut, l => Assert.NotEmpty(l.First));
        Assert.Equal(images.Any(i => i.TryGetProperty("raters", out var r) && r.GetInt32() > 1) ? RaterPolicyNames.Majority : null,
            read.RaterPolicy);
    }

    private static void CheckField(Study study, string name, JsonElement wanted, RadiographSource source)
    {
        var where = $"{study.Id} {name}";
        switch (name)
        {
            case "labels" when wanted.ValueKind == JsonValueKind.Null:
                Assert.False(study.IsLabelled, where);
                break;
            case "uncertain" or "negative" when wanted.ValueKind == JsonValueKind.Null:
                Assert.False(study.IsLabelled, where);
                Assert.Empty(name == "negative" ? study.Negative : study.Uncertain);
                break;
            case "labels":
                Assert.True(study.IsLabelled, where);
                AssertLabels(wanted, study.Labels, where);
                break;
            case "uncertain":
                AssertLabels(wanted, study.Uncertain, where);
                break;
            case "negative":
                AssertLabels(wanted, study.Negative, where);
                break;
            case "findings":
                AssertLabels(wanted, study.Findings.Where(f => f != "normal"), where);
                break;
            case "labels_any_rater":
                var any = DataLayouts.Read(source with { Raters = RaterPolicyNames.Any }, "source", TestContext.Current.CancellationToken);
                Assert.Equal(RaterPolicyNames.Any, any.RaterPolicy);
                AssertLabels(wanted, any.Studies.Single(s => s.Id == study.Id).Labels, where);
                break;
            case "normal":
                Assert.True(wanted.GetBoolean() == study.IsNormal, where);
                break;
            case "frontal":
                Assert.True((wanted.ValueKind == JsonValueKind.Null ? null : wanted.GetBoolean()) == study.IsFrontal, where);
                break;
            case "boxes":
                AssertBoxes(wanted, study.Boxes, where);
                break;
            case "phrases":
                AssertPhrases(wanted, study.Boxes, where);
                break;
            case "mask":
                AssertTexts(wanted, study.MaskFiles.Select(f => Path.GetRelativePath(source.Folder, f)), where);
                break;
            case "mask_pixels" or "mask_box" or "mask_rows":
                AssertMask(study, name, wanted, where);
                break;
            case "sections":
                AssertText(wanted.GetProperty("findings"), study.Sections!.Findings, where);
                AssertText(wanted.GetProperty("impression"), study.Sections.Impression, where);
                break;
            case "bits" or "largest" or "smallest":
                AssertStored(study, name, wanted.GetInt32(), where);
                break;
            default:
                AssertText(wanted, ReadText(study, name), where);
                break;
        }
    }

    private static string? ReadText(Study study, string name) => name switch
    {
        "patient" => study.Patient.Length > 0 ? study.Patient : null,
        "split" => study.Split,
        "view" => study.View,
        "study" => study.Exam,
        "report" => study.Report,
        "raters" => study.Raters.ToString(CultureInfo.InvariantCulture),
        "positive" => study.Labels.Contains("covid-19") ? "true" : "false",
        "tuberculosis" => study.Labels.Any(l => l.Contains("tuberculosis", StringComparison.Ordinal)) ? "true" : "false",
        "birth_year" or "pediatric" or "detail" or "source" or "folder" or "sex" or "age" =>
            study.Facts.GetValueOrDefault(name.Replace('_', ' ')),
        _ => throw new InvalidDataException($"'{name}' is a field that this test doesn't know"),
    };

    private static void AssertText(JsonElement wanted, string? found, string where)
    {
        var text = wanted.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => wanted.ToString(),
        };
        Assert.True(text == found, $"{where}: '{text}' is wanted, '{found}' was read");
    }

    private static void AssertTexts(JsonElement wanted, IEnumerable<string> found, string where) => Assert.True(
        Texts(wanted).SequenceEqual(found), $"{where}: {string.Join(", ", found)}");

    private static void AssertLabels(JsonElement wanted, IEnumerable<string> found, string where)
    {
        string[] read = [.. found.Order(StringComparer.Ordinal)];
        Assert.True(Texts(wanted).Select(l => l.ToLowerInvariant().Replace('_', ' ')).Order(StringComparer.Ordinal).SequenceEqual(read),
            $"{where}: {string.Join(", ", read)} were read");
    }

    private static IEnumerable<string> Texts(JsonElement list) =>
        list.ValueKind == JsonValueKind.Null ? [] : list.EnumerateArray().Select(t => t.GetString()!);

    private static void AssertBoxes(JsonElement wanted, IReadOnlyList<StudyBox> found, string where)
    {
        Assert.True(wanted.GetArrayLength() == found.Count, $"{where}: {found.Count} were read");
        foreach (var (box, read) in wanted.EnumerateArray().Zip(found))
        {
            if (box.TryGetProperty("label", out var label))
                AssertLabels(JsonSerializer.SerializeToElement(new[] { label.GetString() }), [read.Finding], where);
            foreach (var (side, share) in new[] { ("x", read.X), ("y", read.Y), ("width", read.Width), ("height", read.Height) })
                Assert.True(Math.Abs(box.GetProperty(side).GetDouble() - share) <= BoxTolerance, $"{where}: {side} is {share}");
            Assert.True(read.Rater == (box.TryGetProperty("rater", out var rater) ? rater.GetString() : null), $"{where}: {read.Rater}");
            Assert.True(read.IsAgreed == (box.TryGetProperty("agreed", out var agreed) ? agreed.GetBoolean() : null), where);
        }
    }

    private static void AssertPhrases(JsonElement wanted, IReadOnlyList<StudyBox> boxes, string where)
    {
        var targets = boxes.GroupBy(b => (b.Finding, b.Phrase)).ToList();
        Assert.True(wanted.GetArrayLength() == targets.Count, $"{where}: {targets.Count} were read");
        foreach (var (phrase, target) in wanted.EnumerateArray().Zip(targets))
        {
            Assert.Equal(phrase.GetProperty("label").GetString()!.ToLowerInvariant(), target.Key.Finding);
            Assert.Equal(phrase.GetProperty("text").GetString(), target.Key.Phrase);
            AssertBoxes(phrase.GetProperty("boxes"), [.. target], where);
        }
    }

    private static void AssertMask(Study study, string name, JsonElement wanted, string where)
    {
        var mask = study.MaskRuns is { } runs ? RunLengthMask.Decode(runs, "mask") : study.LoadMask("mask");
        int[] marked = mask is null ? [] : [.. Enumerable.Range(0, mask.Pixels.Length).Where(i => mask.Pixels[i] >= 128)];
        if (name == "mask_pixels")
            Assert.True((wanted.ValueKind == JsonValueKind.Null ? null : wanted.GetInt32()) == (mask is null ? null : marked.Length),
                $"{where}: {marked.Length}");
        else if (name == "mask_rows")
            Assert.Equal(wanted.GetInt32(), study.MaskRuns!.Count);
        else if (wanted.ValueKind == JsonValueKind.Null)
            Assert.Empty(marked);
        else
            Assert.Equal(wanted.EnumerateArray().Select(v => v.GetInt32()), [marked.Min(i => i % mask!.Width),
                marked.Min(i => i / mask!.Width), marked.Max(i => i % mask!.Width) + 1, marked.Max(i => i / mask!.Width) + 1]);
    }

    private static void AssertStored(Study study, string name, int wanted, string where)
    {
        var bytes = File.ReadAllBytes(study.ImageFile!);
        var header = ImageHeader.Read(bytes, "image");
        Assert.True(header.IsDeep, where);
        var values = DeepPngDecoder.ReadValues(bytes, header, "image");
        Assert.Equal(wanted, name switch { "bits" => 16, "largest" => values.Max(), _ => values.Min() });
        Assert.True(study.LoadImage("image").Pixels.Distinct().Count() > 1, where);
    }
}
