using System.Text.Json.Nodes;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Models.Text;

/// <summary>What the golden folders do not hold: odd texts, odd settings, and files that can't be run.</summary>
public sealed class TextTokenizerTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Encode_EmptyAndInvisibleTexts_GiveSpecialTokensAlone()
    {
        var tokenizer = ReadBert();
        foreach (var text in new[] { "", " ", "\u200B\u00AD\uFEFF", "\0\u0007" })
            Assert.Equal(["[CLS]", "[SEP]"], tokenizer.Encode(text).Ids.Select(tokenizer.TokenOf));
    }

    [Fact]
    public void Tokenize_HalfSurrogatePair_IsDropped() =>
        Assert.Equal([7], ReadBert().Tokenize("lung\uD83E").Select(token => token.Id));

    [Fact]
    public void Tokenize_WordOfMoreThanHundredCharacters_IsOneUnknown()
    {
        var token = Assert.Single(ReadBert().Tokenize(new string('s', 101)));
        Assert.Equal((1, 0, 101), (token.Id, token.Start, token.End));
    }

    [Fact]
    public void Tokenize_AccentsAndCapitals_FollowDoLowerCaseAndStripAccents()
    {
        Assert.Equal([7], ReadBert().Tokenize("LÚNG").Select(token => token.Id));
        Assert.Equal([1], ReadBert("""{"do_lower_case": false}""").Tokenize("LUNG").Select(token => token.Id));
        Assert.Equal([1], ReadBert("""{"strip_accents": false}""").Tokenize("lúng").Select(token => token.Id));
    }

    [Fact]
    public void Tokenize_AddedTokens_TakeTheirBlanksAndCountAsWordsOfTheirOwn()
    {
        var tokenizer = ReadBert("""
            {"added_tokens_decoder": {"4": {"content": "[MASK]", "lstrip": true}, "9": {"content": "PTX", "single_word": true}}}
            """);
        Assert.Equal([(7, 0, 4), (4, 4, 12), (9, 13, 16)], tokenizer.Tokenize("lung  [MASK] PTX").Select(t => (t.Id, t.Start, t.End)));
        Assert.DoesNotContain(9, tokenizer.Tokenize("PTXs").Select(token => token.Id));
    }

    [Fact]
    public void MostTokens_NumberThatNoIntegerHolds_IsNoLimit()
    {
        Assert.Null(ReadBert("""{"model_max_length": 1000000000000000019884624838656}""").MostTokens);
        Assert.Equal(512, ReadBert("""{"model_max_length": 512}""").MostTokens);
    }

    [Fact]
    public void Encode_TruncationSideLeft_CutsTheBegin()
    {
        var tokenizer = ReadBert("""{"truncation_side": "left"}""");
        Assert.Equal([2L, 8, 3], tokenizer.Encode("lung base", limit: new RowLimit(3, CutsBegin: tokenizer.CutsBegin)).Ids);
        Assert.Equal([2L, 8, 3], tokenizer.EncodeWindows("lung base", 3, 0)[0].Ids);
    }

    [Fact]
    public void EncodeWindows_StrideThatLeavesNoRoom_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ReadBert().EncodeWindows("lung base lung", 4, 2));

    [Theory]
    [InlineData("model", """{"type": "BPE", "vocab": {}, "merges": []}""", "tokenizer.json: model.type: must be WordPiece or Unigram")]
    [InlineData("normalizer", """{"type": "NFKC"}""", "tokenizer.json: normalizer: is a normalizer that can't be run")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel"}""", "tokenizer.json: pre_tokenizer: is a pre-tokenizer that can't be run")]
    [InlineData("post_processor", """{"type": "RobertaProcessing"}""", "tokenizer.json: post_processor: is a post-processor that can't")]
    [InlineData("decoder", """{"type": "ByteLevel"}""", "tokenizer.json: decoder: is a decoder that can't be run")]
    [InlineData("added_tokens", """[{"id": 3, "content": "[CLS]"}]""", "tokenizer.json: added_tokens[0].id: is another one than")]
    [InlineData("model", """{"type": "Unigram", "vocab": [["a", 0]], "unk_id": 1}""", "tokenizer.json: model.unk_id: must be the id")]
    [InlineData("model", """{"type": "Unigram", "vocab": [["a"]], "unk_id": 0}""", "tokenizer.json: model.vocab[0]: must be a piece and")]
    [InlineData("model", """{"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "?"}""", "tokenizer.json: model.unk_token: must be")]
    public void Read_TokenizerJsonThatCantBeRun_NamesFileAndKey(string key, string value, string problem)
    {
        var json = JsonNode.Parse("""
            {"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2}, "unk_token": "[UNK]"},
             "normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null,
             "decoder": null}
            """)!;
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(_folder["tokenizer.json"], json.ToJsonString());
        Assert.Contains(problem, Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"split_special_tokens": true}""", "tokenizer_config.json: split_special_tokens: is true")]
    [InlineData("""{"tokenizer_class": "RobertaTokenizer"}""", "tokenizer_config.json: tokenizer_class: is none of BertTokenizer")]
    [InlineData("""{"model_max_length": "many"}""", "tokenizer_config.json: model_max_length: must be a number from 3 on")]
    [InlineData("""{"truncation_side": "middle"}""", "tokenizer_config.json: truncation_side: must be left or right")]
    [InlineData("""{"cls_token": "<s>"}""", "tokenizer_config.json: cls_token: cls_token is '<s>', which is no token of")]
    [InlineData("""{"added_tokens_decoder": {"4": {"content": "[CLS]"}}}""", "added_tokens_decoder.4: has another id here than in")]
    [InlineData("[]", "tokenizer_config.json: must be an object")]
    public void Read_ConfigThatCantBeObeyed_NamesFileAndKey(string config, string problem)
    {
        WriteBert(config);
        Assert.Contains(problem, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoVocabulary_NamesTheFilesThatCouldHoldIt()
    {
        Assert.Contains("tokenizer.json: is missing, and so are vocab.txt and spm.model", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(_folder["spm.model"], "no protobuf");
        Assert.Contains("spm.model: is no SentencePiece model", Refusal(), StringComparison.Ordinal);
    }

    private string Refusal() => Assert.Throws<InvalidDataException>(() => TextTokenizer.Read(_folder.Path)).Message;

    private TextTokenizer ReadBert(string config = "{}")
    {
        WriteBert(config);
        return TextTokenizer.Read(_folder.Path);
    }

    private void WriteBert(string config)
    {
        File.WriteAllText(_folder["vocab.txt"], "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ns\n##s\nlung\nbase\n");
        File.WriteAllText(_folder["tokenizer_config.json"], config);
    }
}
