using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Models.Tokenizer;

/// <summary>Tokenizer folders in the shapes that exports have, and malformed ones.</summary>
public sealed class ClipTokenizerReaderTests
{
    private const string Config = "tokenizer_config.json", Map = "special_tokens_map.json", Json = "tokenizer.json";
    private const string Start = "<|startoftext|>", End = "<|endoftext|>";

    public static TheoryData<string, string, string, string> MalformedFolders => new()
    {
        // file, its new content (empty: it is deleted), the file and the key that must be named, a part of the reason
        { "vocab.json", "", "vocab.json", "is missing" },
        { "merges.txt", "", "merges.txt", "is missing" },
        { "vocab.json", "[1]", "vocab.json", "must be an object" },
        { "vocab.json", "{}", "vocab.json", "holds no token" },
        { "vocab.json", """{"a": 0, "b": }""", "vocab.json", "is not JSON" },
        { "vocab.json", """{"a": "0"}""", "vocab.json: a", "must be a whole number from 0 on" },
        { "vocab.json", """{"a": -1}""", "vocab.json: a", "must be a whole number from 0 on" },
        { "vocab.json", """{"a\n": null}""", "vocab.json: a\\n", "must be a whole number from 0 on" },
        { "vocab.json", """{"a": 1.5}""", "vocab.json: a", "must be a whole number" },
        { "vocab.json", """{"a": 7, "b": 7}""", "vocab.json", "'a' and 'b' have one id" },
        { "vocab.json", """{"\ud800": 0}""", "vocab.json", "half a surrogate pair" },
        { "vocab.json", $$"""{"a": 0, "b</w>": 1, "ab</w>": 2, "{{Start}}": 3}""", $"{Config}: eos_token",
            "must be a token of the vocabulary" },
        { "vocab.json", $$"""{"a": 0, "b</w>": 1, "ab</w>": 2, "{{Start}}": 3, "{{End}}": 10}""", "", "ids must be below vocab_size" },
        { "merges.txt", "a b</w> c\n", "merges.txt", "line 1 must hold two tokens" },
        { "merges.txt", "#version: 0.2\nab</w>\n", "merges.txt", "line 2 must hold two tokens" },
        { "merges.txt", "a\v c</w>\n", "merges.txt", "merge 1 needs a token that the vocabulary lacks" },
        { "merges.txt", "a c</w>\n", "merges.txt", "merge 1 needs a token that the vocabulary lacks" },
        { "merges.txt", "a a\n", "merges.txt", "merge 1 needs a token that the vocabulary lacks" },
        { Config, "null", Config, "must be an object, and is null" },
        { Config, """{"tokenizer_class": "T5Tokenizer"}""", $"{Config}: tokenizer_class", "must be CLIPTokenizer or CLIPTokenizerFast" },
        { Config, """{"tokenizer_class": 5}""", $"{Config}: tokenizer_class", "must be a text, and is a number" },
        { Config, """{"model_max_length": "77"}""", $"{Config}: model_max_length", "must be a number from 3 on" },
        { Config, """{"model_max_length": 2}""", $"{Config}: model_max_length", "must be a number from 3 on" },
        { Config, """{"model_max_length": NaN}""", $"{Config}: model_max_length", "must be a number from 3 on" },
        { Config, """{"padding_side": "left"}""", $"{Config}: padding_side", "must be right" },
        { Config, """{"truncation_side": "left"}""", $"{Config}: truncation_side", "must be right" },
        { Config, """{"split_special_tokens": true}""", $"{Config}: split_special_tokens", "only false is known" },
        { Config, """{"bos_token": null}""", $"{Config}: bos_token", "is null" },
        { Config, """{"bos_token": "<s>"}""", $"{Config}: bos_token", "must be a token of the vocabulary" },
        { Config, """{"pad_token": 0}""", $"{Config}: pad_token", "must be a text, and is a number" },
        { Config, """{"pad_token": ""}""", $"{Config}: pad_token", "is empty" },
        { Config, """{"pad_token": {"normalized": true}}""", $"{Config}: pad_token.content", "is missing" },
        { Config, """{"eos_token": {"content": "<|endoftext|>", "lstrip": "yes"}}""", $"{Config}: eos_token.lstrip", "true or false" },
        { Config, """{"added_tokens_decoder": []}""", $"{Config}: added_tokens_decoder", "must be an object" },
        { Config, """{"added_tokens_decoder": {"x": {"content": "a"}}}""", $"{Config}: added_tokens_decoder.x", "must be an id" },
        { Config, """{"added_tokens_decoder": {"1": {"content": "a"}}}""", $"{Config}: added_tokens_decoder.1",
            "has another id here than in the vocabulary" },
        { Config, """{"added_tokens_decoder": {"7": {"content": "x"}}}""", $"{Config}: added_tokens_decoder.7",
            "must have the next id of the vocabulary" },
        { Config, """{"additional_special_tokens": "x"}""", $"{Config}: additional_special_tokens", "must be a list" },
        { Map, """{"pad_token": ["!"]}""", $"{Map}: pad_token", "must be a text" },
        { Map, "{", Map, "JSON" },
        { "added_tokens.json", """{"x": "5"}""", "added_tokens.json: x", "must be a whole number" },
    };

    [Theory]
    [MemberData(nameof(MalformedFolders))]
    public void Read_MalformedFolder_NamesFileAndKeyInOneLine(string file, string content, string place, string reason)
    {
        using var folder = WriteFolder();
        if (content.Length == 0)
            File.Delete(folder[file]);
        else
            File.WriteAllText(folder[file], content);
        AssertRefused(folder, place, reason);
    }

    public static TheoryData<string, string, string, string> MalformedTokenizerFiles => new()
    {
        // path in tokenizer.json, its new value (empty: it is taken out), the key that must be named, a part of the reason
        { "model.type", "\"WordPiece\"", "model.type", "must be 'BPE' as CLIP's is" },
        { "model.type", "\"Unigram\"", "model.type", "must be 'BPE' as CLIP's is" },
        { "model.end_of_word_suffix", "null", "model.end_of_word_suffix", "must be '</w>'" },
        { "model.continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix", "must be '' as CLIP's is" },
        { "model.vocab", "", "model.vocab", "is missing" },
        { "model.vocab", """[["a", 0.5]]""", "model.vocab", "must be an object" },
        { "model.merges", "", "model.merges", "is missing" },
        { "model.merges.0", "[\"a\"]", "model.merges[0]", "must hold two tokens" },
        { "model.merges.0", "\"a b</w> c\"", "model.merges[0]", "must hold two tokens" },
        { "model.merges.0", "7", "model.merges[0]", "must be a list, and is a number" },
        { "model.merges.0", "[\"a\", \"c\"]", "model.merges[0]", "needs a token that the vocabulary lacks" },
        { "model", "", "model", "is missing" },
        { "normalizer", "null", "normalizer", "must be an object, and is null" },
        { "normalizer.type", "\"BertNormalizer\"", "normalizer.type", "must be 'Sequence' as CLIP's is" },
        { "normalizer.normalizers.0.type", "\"NFKC\"", "normalizer.normalizers", "must be NFC, Replace, Lowercase" },
        { "normalizer.normalizers.1.content", "\"_\"", "normalizer.normalizers[1].content", "must be ' '" },
        { "pre_tokenizer.type", "\"Whitespace\"", "pre_tokenizer.type", "must be 'Sequence'" },
        { "pre_tokenizer.pretokenizers.1.type", "\"Metaspace\"", "pre_tokenizer.pretokenizers", "must be Split, ByteLevel" },
        { "pre_tokenizer.pretokenizers.0.pattern.Regex", "\"\\\\w+\"", "pre_tokenizer.pretokenizers[0].pattern.Regex", "as CLIP's is" },
        { "pre_tokenizer.pretokenizers.0.invert", "false", "pre_tokenizer.pretokenizers[0].invert", "must be true" },
        { "added_tokens.0.id", "\"3\"", "added_tokens[0].id", "must be a whole number" },
        { "added_tokens.0.content", "\"\"", "added_tokens[0].content", "is empty" },
    };

    [Theory]
    [MemberData(nameof(MalformedTokenizerFiles))]
    public void Read_MalformedTokenizerFile_NamesFileAndKeyInOneLine(string path, string value, string key, string reason)
    {
        using var folder = new ScratchFolder();
        var root = JsonNode.Parse(TokenizerJson)!;
        var steps = path.Split('.');
        var parent = steps[..^1].Aggregate(root, (node, step) => node is JsonArray array ? array[int.Parse(step)]! : node[step]!);
        if (parent is JsonArray list)
            list[int.Parse(steps[^1])] = JsonNode.Parse(value);
        else if (value.Length == 0)
            ((JsonObject)parent).Remove(steps[^1]);
        else
            parent[steps[^1]] = JsonNode.Parse(value);
        File.WriteAllText(folder[Json], root.ToJsonString());
        AssertRefused(folder, $"{Json}: {key}: ", reason);
    }

    /// <summary>A folder is somebody's: what is in its files is not said; names of keys are.</summary>
    [Theory]
    [InlineData("vocab.json", """{"a": "c4nary"}""")]
    [InlineData("vocab.json", """{"a": 0, c4nary}""")]
    [InlineData("vocab.json", "\"c4nary\"")]
    [InlineData("merges.txt", "c4nary\n")]
    [InlineData("merges.txt", "a c4nary\n")]
    [InlineData(Config, """{"tokenizer_class": "c4nary"}""")]
    [InlineData(Config, """{"tokenizer_class": ["c4nary"]}""")]
    [InlineData(Config, """{"model_max_length": "c4nary"}""")]
    [InlineData(Config, """{"padding_side": "c4nary"}""")]
    [InlineData(Config, """{"split_special_tokens": "c4nary"}""")]
    [InlineData(Config, """{"bos_token": "c4nary"}""")]
    [InlineData(Config, """{"pad_token": ["c4nary"]}""")]
    [InlineData(Config, """{"added_tokens_decoder": {"9": {"content": "c4nary"}}}""")]
    [InlineData(Map, """{"eos_token": "c4nary"}""")]
    [InlineData("added_tokens.json", """{"x": "c4nary"}""")]
    [InlineData(Json, """{"model": {"type": "c4nary"}}""")]
    [InlineData(Json, """{"model": "c4nary"}""")]
    public void Read_SecretInAFile_IsNotInTheMessage(string file, string content)
    {
        using var folder = WriteFolder();
        File.WriteAllText(folder[file], content);
        var refusal = Assert.Throws<InvalidDataException>(() => Read(folder));
        Assert.DoesNotContain("c4nary", refusal.Message);
    }

    [Fact]
    public void Read_TokenizerFileAlone_IsAllThatItNeeds()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder[Json], TokenizerJson);
        var tokenizer = Read(folder);
        Assert.Equal([3, 2, 4, 4, 4, 4, 4, 4, 4, 4], tokenizer.Tokenize("AB").Ids);
        Assert.Equal([3], tokenizer.Encode("<|startoftext|>"));
        Assert.NotEqual([3], tokenizer.Encode("<|STARTOFTEXT|>")); // no key names it, so it is CLIP's token in its exact form
        File.WriteAllText(folder[Config], """{"bos_token": "<|startoftext|>"}""");
        Assert.Equal([3], Read(folder).Encode("<|STARTOFTEXT|>")); // the form that tokenizer.json gives
    }

    [Theory]
    [InlineData("""{"pad_token": "a"}""", """{"pad_token": "b</w>"}""", "b</w>")] // the map wins
    [InlineData("""{"pad_token": "a"}""", """{"bos_token": "<|startoftext|>"}""", "a")] // key by key
    [InlineData("""{"pad_token": "a", "added_tokens_decoder": {}}""", """{"pad_token": "b</w>"}""", "a")]
    [InlineData("""{"added_tokens_decoder": {}}""", """{"pad_token": "b</w>"}""", End)]
    [InlineData("{}", """{"pad_token": null}""", null)]
    [InlineData("""{"pad_token": null}""", """{"pad_token": "a"}""", "a")]
    public void Read_PaddingInBothFiles_FollowsTheLibrary(string config, string map, string? padding)
    {
        using var folder = WriteFolder();
        File.WriteAllText(folder[Config], config);
        File.WriteAllText(folder[Map], map);
        Assert.Equal(padding, Read(folder).Files.Padding);
    }

    [Theory]
    [InlineData("""{"content": "<|endoftext|>", "normalized": true}""", "\"a\"", "\"a\"", true)]
    [InlineData("""{"content": "<|endoftext|>", "normalized": true}""", "\"a\"", "\"<|endoftext|>\"", false)]
    [InlineData("""{"content": "<|endoftext|>", "normalized": true}""", "\"<|endoftext|>\"", "\"a\"", false)]
    [InlineData("\"<|endoftext|>\"", "\"a\"", """{"content": "<|endoftext|>", "normalized": true}""", true)]
    [InlineData("""{"content": "<|endoftext|>"}""", "\"a\"", "\"a\"", true)]
    [InlineData("""{"content": "<|endoftext|>", "special": true}""", "\"a\"", "\"a\"", false)]
    public void Read_FormsOfOneToken_TheLastKeyHolds(string end, string unknown, string padding, bool normalized)
    {
        using var folder = WriteFolder();
        File.WriteAllText(folder[Config], $$"""{"pad_token": {{padding}}, "eos_token": {{end}}, "unk_token": {{unknown}}}""");
        Assert.Equal(normalized, Read(folder).Files.Added.Single(token => token.Content == End).Normalized);
    }

    [Fact]
    public void Read_ListedToken_GivesTheFormOfEveryKeyThatNamesIt()
    {
        using var folder = WriteFolder();
        File.WriteAllText(folder[Config], """
            {"eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>",
             "added_tokens_decoder": {"4": {"content": "<|endoftext|>", "normalized": true, "special": true}}}
            """);
        Assert.True(Read(folder).Files.Added.Single(token => token.Content == End).Normalized);
    }

    [Fact]
    public void Read_TokensThatATuningAdded_TakeTheNextIds()
    {
        using var folder = WriteFolder();
        File.WriteAllText(folder["added_tokens.json"], """{"<lung>": 5, "<rib>": 6}""");
        Assert.Equal([5, 2, 6, 5], Read(folder).Encode("<lung>ab<RIB> <Lung>"));
        File.Delete(folder["added_tokens.json"]);
        File.WriteAllText(folder[Config], """{"additional_special_tokens": ["<lung>"]}""");
        Assert.Equal([5, 2], Read(folder).Encode("<lung>ab"));
    }

    private static ClipTokenizer Read(ScratchFolder folder) => new(ClipTokenizerFiles.Read(folder.Path, positions: 10, embeddings: 10));

    private static void AssertRefused(ScratchFolder folder, string place, string reason)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Read(folder));
        Assert.StartsWith(Path.Combine(folder.Path, place), refusal.Message);
        Assert.Contains(reason, refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    private static ScratchFolder WriteFolder()
    {
        var folder = new ScratchFolder();
        File.WriteAllText(folder["vocab.json"], JsonSerializer.Serialize(_vocabulary));
        File.WriteAllText(folder["merges.txt"], "#version: 0.2\na b</w>\n");
        File.WriteAllText(folder[Config], """{"tokenizer_class": "CLIPTokenizer", "model_max_length": 10}""");
        return folder;
    }

    private static readonly Dictionary<string, int> _vocabulary =
        new() { ["a"] = 0, ["b</w>"] = 1, ["ab</w>"] = 2, [Start] = 3, [End] = 4 };

    private const string TokenizerJson = """
        {
          "added_tokens": [
            {"id": 3, "content": "<|startoftext|>", "normalized": true, "special": true},
            {"id": 4, "content": "<|endoftext|>", "normalized": true, "special": true}
          ],
          "normalizer": {
            "type": "Sequence",
            "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]
          },
          "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
              {
                "type": "Split", "behavior": "Removed", "invert": true,
                "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}
              },
              {"type": "ByteLevel", "add_prefix_space": false}
            ]
          },
          "model": {
            "type": "BPE", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>",
            "vocab": {"a": 0, "b</w>": 1, "ab</w>": 2, "<|startoftext|>": 3, "<|endoftext|>": 4},
            "merges": ["a b</w>"]
          }
        }
        """;
}
