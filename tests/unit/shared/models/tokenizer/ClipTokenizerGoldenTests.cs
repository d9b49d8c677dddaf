using System.Text.Json;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Models.Tokenizer;

/// <summary>Ids that transformers 5 gave, with CLIP's whole vocabulary and with a small one, for folders as exports have them.</summary>
public sealed class ClipTokenizerGoldenTests
{
    private const string Folder = "clip-tokenizer";
    private const int Positions = 77;

    [GoldenFact("clip-tokenizer")]
    public void Tokenize_CasesOfTransformers_GivesTheirIds()
    {
        if (!GoldenFolder.TryFind(Folder, out var folder))
            return;
        GoldenCases.Run(Folder, [.. FullCases(folder), .. FolderCases(folder), .. SmallCases(folder)], item => item.Name,
            item => item.Check());
    }

    private sealed record Case(string Name, Action Check);

    private static IEnumerable<Case> FullCases(GoldenFolder folder)
    {
        var strings = folder.ReadList("strings.jsonl");
        if (strings.Count == 0)
            yield break;
        foreach (var (name, ids) in new[] { ("sd1", "ids"), ("sd2", "sd2_ids") })
        {
            var tokenizer = new Lazy<ClipTokenizer>(() => ReadFull(folder, name));
            foreach (var item in strings)
                yield return new Case($"strings.jsonl/{item.GetProperty("id")}/{name}", () => CheckIds(tokenizer.Value, item, ids, name));
        }
    }

    private static IEnumerable<Case> FolderCases(GoldenFolder folder)
    {
        var path = folder.Resolve("tokenizers/expected.json");
        if (!File.Exists(path))
            yield break;
        var expected = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        string[] texts = [.. expected.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
        foreach (var shape in expected.GetProperty("folders").EnumerateObject())
            yield return new Case($"tokenizers/{shape.Name}", () => CheckFolder(ReadFull(folder, shape.Name), Answer(shape.Value), texts));
    }

    private static IEnumerable<Case> SmallCases(GoldenFolder folder)
    {
        var strings = folder.ReadList("small/strings.jsonl");
        if (strings.Count == 0)
            yield break;
        foreach (var shape in Directory.GetDirectories(folder.Resolve("small")).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(shape);
            var tokenizer = new Lazy<ClipTokenizer>(() => new ClipTokenizer(ClipTokenizerFiles.Read(shape, Positions)));
            foreach (var item in strings)
            {
                // Its file says that names of special tokens are normalized; the ids of the other shapes are with a file that says not.
                var other = name == "json-only-merges-as-strings" && item.TryGetProperty("fast_4_40", out _);
                yield return new Case($"small/{item.GetProperty("id")}/{name}",
                    () => CheckIds(tokenizer.Value, item, other ? "fast_4_40" : "ids", other ? null : "padded"));
            }
        }
    }

    // One answer where all versions agree, else that of the newest one, which stands first.
    private static JsonElement Answer(JsonElement answers) =>
        answers.TryGetProperty("all_three", out var common) ? common : answers.EnumerateObject().First().Value;

    /// <param name="padded">The key of the padded ids; null where there are none.</param>
    private static void CheckIds(ClipTokenizer tokenizer, JsonElement item, string uncut, string? padded)
    {
        var text = item.GetProperty("text").GetString()!;
        var prompt = tokenizer.Tokenize(text);
        var wanted = Ids(item.GetProperty(uncut));
        long[] found = [prompt.Ids[0], .. tokenizer.Encode(text).Select(id => (long)id), IdOf(tokenizer, tokenizer.Files.End)];
        Assert.Equal(wanted, found);
        Assert.Equal((wanted.Length, wanted.Length > tokenizer.MaxLength), (prompt.Count, prompt.Truncated));
        if (padded is null)
            return;
        Assert.Equal(Ids(item.GetProperty(padded)), prompt.Ids);
        var ones = item.GetProperty(padded == "padded" ? "ones" : padded + "_ones").GetInt32();
        Assert.Equal(ones, Math.Min(prompt.Count, tokenizer.MaxLength));
    }

    private static void CheckFolder(ClipTokenizer tokenizer, JsonElement answer, string[] texts)
    {
        var files = tokenizer.Files;
        Assert.Equal(answer.GetProperty("pad_token").GetString(), files.Padding);
        foreach (var (key, token) in new[] { ("bos_id", files.Start), ("eos_id", files.End), ("unk_id", files.Unknown) })
            Assert.Equal(answer.GetProperty(key).GetInt64(), IdOf(tokenizer, token));
        Assert.Equal(Math.Min(Positions, answer.GetProperty("model_max_length").GetDouble()), files.MaxLength);
        if (answer.GetProperty("padded") is { ValueKind: JsonValueKind.Array } padded)
        {
            Assert.Equal(answer.GetProperty("pad_id").GetInt64(), IdOf(tokenizer, files.Padding!));
            Assert.Equal(padded.EnumerateArray().Select(Ids), texts.Select(text => tokenizer.Tokenize(text).Ids));
        }
        else
            Assert.All(texts, text => Assert.Throws<InvalidDataException>(() => tokenizer.Tokenize(text)));
    }

    private static ClipTokenizer ReadFull(GoldenFolder folder, string name)
    {
        using var scratch = new ScratchFolder();
        foreach (var part in new[] { "vocabulary-full", $"tokenizers/{name}" })
        {
            foreach (var file in Directory.GetFiles(folder.Resolve(part)))
                File.Copy(file, scratch[Path.GetFileName(file)]);
        }
        return new ClipTokenizer(ClipTokenizerFiles.Read(scratch.Path, Positions));
    }

    private static long IdOf(ClipTokenizer tokenizer, string token) => tokenizer.Files.Vocabulary[token];

    private static long[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt64())];
}
