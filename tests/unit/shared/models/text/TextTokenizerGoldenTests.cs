using System.Text.Json;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Models.Text;

/// <summary>Ids, offsets and words that the library tokenizers gave, from <c>tokenizer.json</c> and from the older files.</summary>
public sealed class TextTokenizerGoldenTests
{
    private const string Name = "ner-exports";
    private static readonly string[] _models = ["deberta-v3", "bert-cased", "bert-uncased"];

    // Which files of a model make its tokenizer: the new one, what transformers 5 saves, the older ones.
    private static readonly (string Model, string Source, string[] Files)[] _folders =
    [
        .. _models.Select(model => (model, model, new[] { "tokenizer.json", "tokenizer_config.json" })),
        ("bert-cased", "saved-by-transformers-5/cased", ["tokenizer.json", "tokenizer_config.json"]),
        ("bert-uncased", "saved-by-transformers-5/uncased", ["tokenizer.json", "tokenizer_config.json"]),
        ("bert-cased", "bert-cased", ["vocab.txt", "tokenizer_config.json", "special_tokens_map.json"]),
        ("bert-uncased", "bert-uncased", ["vocab.txt"]),
        ("deberta-v3", "deberta-v3", ["spm.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"]),
        ("deberta-v3", "deberta-v3", ["spm.model", "special_tokens_map.json", "added_tokens.json"]),
    ];

    [GoldenFact("ner-exports")]
    public void Tokenize_StringsOfTheModels_GivesIdsOffsetsAndWords()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        GoldenCases.Run($"{Name}/tokens", _folders.SelectMany(shape =>
        {
            var tokenizer = new Lazy<TextTokenizer>(() => ReadPart(folder, shape.Source, shape.Files));
            return folder.ReadList($"{shape.Model}.jsonl").Select(item => (shape, tokenizer, item));
        }), c => $"{c.shape.Source}/{c.shape.Files[0]}/{c.shape.Files.Length}/{c.item.GetProperty("n")}", c =>
        {
            var text = c.item.GetProperty("text").GetString()!;
            var row = c.tokenizer.Value.Encode(text);
            Assert.Equal(Numbers(c.item, "ids"), row.Ids);
            Assert.Equal(Texts(c.item, "tokens"), row.Ids.Select(c.tokenizer.Value.TokenOf));
            Assert.Equal(Pairs(c.item, "offsets"),
                row.Sources.Select(s => (CodePoints(text, s?.Start ?? 0), CodePoints(text, s?.End ?? 0))));
            Assert.Equal(c.item.GetProperty("word_ids").EnumerateArray()
                .Select(w => w.ValueKind == JsonValueKind.Null ? (int?)null : w.GetInt32()), row.Sources.Select(s => s?.Word));
        });
    }

    [GoldenFact("ner-exports")]
    public void Tokenize_StringsOfWordPiece_GivesTheirIds()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("wordpiece/strings.jsonl"))
            return;
        var strings = folder.ReadList("wordpiece/strings.jsonl");
        GoldenCases.Run($"{Name}/wordpiece", folder.ReadList("wordpiece/configs.jsonl").SelectMany(config =>
        {
            var tokenizer = new Lazy<TextTokenizer>(() => MakeWordPiece(folder, config));
            return strings.Select(item => (Config: config.GetProperty("name").GetString()!, tokenizer, item));
        }), c => $"{c.Config}/{c.item.GetProperty("n")}", c =>
        {
            var text = c.item.GetProperty("text").GetString()!;
            var answer = c.item.GetProperty(c.Config);
            var tokens = c.tokenizer.Value.Tokenize(text);
            Assert.Equal(Numbers(answer, "ids"), tokens.Select(t => (long)t.Id));
            if (!answer.TryGetProperty("offsets", out _))
                return;
            Assert.Equal(Pairs(answer, "offsets"), tokens.Select(t => (CodePoints(text, t.Start), CodePoints(text, t.End))));
            Assert.Equal(Numbers(answer, "word_ids"), tokens.Select(t => (long)t.Word));
        });
    }

    [GoldenFact("ner-exports")]
    public void Encode_TruncatedAndPaddedPairs_GivesTheRowsOfTheLibrary()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("wordpiece/pairs.jsonl"))
            return;
        var config = folder.ReadList("wordpiece/configs.jsonl").Single(c => c.GetProperty("name").GetString() == "cased");
        var tokenizer = new Lazy<TextTokenizer>(() => MakeWordPiece(folder, config));
        GoldenCases.Run($"{Name}/pairs", folder.ReadList("wordpiece/pairs.jsonl"), c => c.GetProperty("n").ToString(), c =>
        {
            var answer = c.GetProperty("fast");
            if (answer.TryGetProperty("error", out _))
            {
                Assert.Throws<ArgumentException>(() => Encode(tokenizer.Value, c));
                return;
            }
            var row = Encode(tokenizer.Value, c);
            Assert.Equal(Numbers(answer, "input_ids"), row.Ids);
            Assert.Equal(Numbers(answer, "token_type_ids"), row.TypeIds);
            Assert.Equal(Numbers(answer, "attention_mask"), row.Mask);
            Assert.Equal(Numbers(answer, "special_tokens_mask"), row.Sources.Select(s => s is null ? 1L : 0));
        });
    }

    [GoldenFact("ner-exports")]
    public void EncodeWindows_LongTexts_GivesTheWindowsOfTheLibrary()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("bert-cased.long.jsonl"))
            return;
        GoldenCases.Run($"{Name}/windows", _models.SelectMany(model => folder.ReadList($"{model}.long.jsonl").SelectMany(item =>
            item.GetProperty("windows").EnumerateArray().Select(window => (model, item, window)))),
            c => $"{c.model}/{c.window.GetProperty("max_length")}/{c.window.GetProperty("stride")}", c =>
        {
            var rows = TextTokenizer.Read(folder.Resolve(c.model)).EncodeWindows(c.item.GetProperty("text").GetString()!,
                c.window.GetProperty("max_length").GetInt32(), c.window.GetProperty("stride").GetInt32());
            if (c.window.TryGetProperty("windows", out var sizes))
                Assert.Equal(sizes.EnumerateArray().Select(size => size.EnumerateArray().Select(n => n.GetInt64())),
                    rows.Select(row => new[] { row.Length, row.Ids[1], row.Ids[^2] }.AsEnumerable()));
            if (c.window.TryGetProperty("input_ids", out var ids))
                Assert.Equal(ids.EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt64())),
                    rows.Select(row => row.Ids.AsEnumerable()));
        });
    }

    private static TextRow Encode(TextTokenizer tokenizer, JsonElement item)
    {
        var most = item.GetProperty("max_length").GetInt32();
        var strategy = item.GetProperty("truncation") switch
        {
            { ValueKind: JsonValueKind.True } => TruncationStrategy.LongestFirst,
            var named => Enum.Parse<TruncationStrategy>(named.GetString()!.Replace("do_not_truncate", "None", StringComparison.Ordinal)
                .Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
        };
        var multiple = item.GetProperty("pad_to_multiple_of") is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : 1;
        var isPadded = item.GetProperty("padding").ValueKind == JsonValueKind.String;
        // A rule of the library that no caller of ours needs: a padded length that truncation can't hold.
        if (isPadded && strategy != TruncationStrategy.None && most % multiple != 0)
            throw new ArgumentException("The limit is no multiple of the padding.");
        var row = tokenizer.Encode(item.GetProperty("text").GetString()!, item.GetProperty("pair").GetString(),
            new RowLimit(most, strategy, item.GetProperty("truncation_side").GetString() == "left"));
        return isPadded ? row.PadTo((most + multiple - 1) / multiple * multiple, tokenizer.PaddingId) : row;
    }

    private static TextTokenizer MakeWordPiece(GoldenFolder folder, JsonElement config)
    {
        using var scratch = new ScratchFolder();
        File.Copy(folder.Resolve($"wordpiece/{config.GetProperty("vocabulary").GetString()}"), scratch["vocab.txt"]);
        File.WriteAllText(scratch["tokenizer_config.json"], config.GetRawText());
        return TextTokenizer.Read(scratch.Path);
    }

    private static TextTokenizer ReadPart(GoldenFolder folder, string source, string[] files)
    {
        using var scratch = new ScratchFolder();
        foreach (var file in files)
            File.Copy(folder.Resolve($"{source}/{file}"), scratch[file]);
        return TextTokenizer.Read(scratch.Path);
    }

    private static int CodePoints(string text, int units) => text[..units].EnumerateRunes().Count();

    private static IEnumerable<long> Numbers(JsonElement item, string name) =>
        item.GetProperty(name).EnumerateArray().Select(n => n.GetInt64());

    private static IEnumerable<string> Texts(JsonElement item, string name) =>
        item.GetProperty(name).EnumerateArray().Select(t => t.GetString()!);

    private static IEnumerable<(int, int)> Pairs(JsonElement item, string name) =>
        item.GetProperty(name).EnumerateArray().Select(p => (p[0].GetInt32(), p[1].GetInt32()));
}
