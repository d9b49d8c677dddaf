using System.Text;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models.Text;

/// <summary>
/// Reads <c>tokenizer.json</c> of a text encoder: WordPiece or unigram, with the steps that BERT's and DeBERTa's have. Any other step is
/// refused by its key.
/// </summary>
internal static class TokenizerJsonReader
{
    private const int MostCharacters = 100;

    public static TextTokenizerParts Read(JsonFileValue file, TextTokenizerSettings settings)
    {
        var model = file.RequireMember("model");
        var type = model.Member("type") is { IsNull: false } named ? named.Text : "WordPiece"; // Old files leave the type out.
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        IPieceModel pieces = type switch
        {
            "WordPiece" => ReadWordPiece(model, vocabulary),
            "Unigram" => ReadUnigram(model, vocabulary),
            _ => throw model.RequireMember("type").Fault("must be WordPiece or Unigram: no other kind of pieces can be read"),
        };
        var added = ReadAdded(file, vocabulary);
        return new TextTokenizerParts(
            [.. Steps(file.Member("normalizer"), "normalizers").Select(step => ReadNormalizer(step, settings))],
            [.. Steps(file.Member("pre_tokenizer"), "pretokenizers").Select(ReadSplitter)],
            pieces, TemplateReader.Read(file.Member("post_processor"), vocabulary), added, ReadJoiner(file.Member("decoder"), pieces),
            FindPadding(settings, vocabulary), settings.MostTokens, settings.CutsBegin);
    }

    private static WordPieceModel ReadWordPiece(JsonFileValue model, Dictionary<string, int> vocabulary)
    {
        foreach (var (piece, id) in model.RequireMember("vocab").Members)
            vocabulary[piece] = id.Id;
        var unknown = model.RequireMember("unk_token");
        if (!vocabulary.TryGetValue(unknown.Text, out var unknownId))
            throw unknown.Fault("must be a token of the vocabulary");
        return new WordPieceModel(new Dictionary<string, int>(vocabulary, StringComparer.Ordinal), unknownId,
            model.Member("continuing_subword_prefix")?.Text ?? "##", model.Member("max_input_chars_per_word")?.Id ?? MostCharacters);
    }

    private static UnigramModel ReadUnigram(JsonFileValue model, Dictionary<string, int> vocabulary)
    {
        if (model.Member("byte_fallback") is { IsNull: false } fallback && fallback.Flag)
            throw fallback.Fault("is true; only false can be run");
        var vocab = model.RequireMember("vocab");
        var pieces = new List<(string, double)>();
        foreach (var entry in vocab.Items)
        {
            if (entry.Items.ToList() is not [var piece, var score] || !PythonJson.TryGetNumber(score.Element, out var logarithm))
                throw entry.Fault("must be a piece and a number");
            vocabulary[piece.Text] = pieces.Count;
            pieces.Add((piece.Text, logarithm));
        }
        if (pieces.Count == 0)
            throw vocab.Fault("holds no piece");
        var unknown = model.RequireMember("unk_id");
        if (unknown.IsNull || unknown.Id >= pieces.Count)
            throw unknown.Fault("must be the id of one of its pieces");
        return new UnigramModel(pieces, unknown.Id);
    }

    private static List<(AddedToken, int)> ReadAdded(JsonFileValue file, Dictionary<string, int> vocabulary)
    {
        var added = new List<(AddedToken, int)>();
        foreach (var item in file.Member("added_tokens") is { IsNull: false } list ? list.Items : [])
        {
            var token = SpecialTokens.ReadToken(item, isNormalized: true);
            var id = item.RequireMember("id");
            if (!vocabulary.TryAdd(token.Content, id.Id) && vocabulary[token.Content] != id.Id)
                throw id.Fault("is another one than in the vocabulary");
            added.Add((token, id.Id));
        }
        return added;
    }

    private static IEnumerable<JsonFileValue> Steps(JsonFileValue? step, string list) => step is not { IsNull: false } given ? []
        : given.RequireMember("type").Text == "Sequence" ? given.RequireMember(list).Items.SelectMany(item => Steps(item, list)) : [given];

    private static ITextNormalizer ReadNormalizer(JsonFileValue step, TextTokenizerSettings settings)
    {
        switch (step.RequireMember("type").Text)
        {
            case "BertNormalizer":
                // transformers overwrites the file's with those of BERT's class, where tokenizer_config.json has them.
                var lowercase = Setting("lowercase", "do_lower_case") ?? true;
                return new BertNormalizer(Flag(step, "clean_text") ?? true,
                    Setting("handle_chinese_chars", "tokenize_chinese_chars") ?? true,
                    Setting("strip_accents", "strip_accents") ?? lowercase, lowercase);
            case "Lowercase":
                return new LowercaseNormalizer();
            case "Strip":
                return new StripNormalizer(Flag(step, "strip_left") ?? true, Flag(step, "strip_right") ?? true);
            case "Precompiled":
                return ReadCharsmap(step.RequireMember("precompiled_charsmap"));
            case "Replace" when step.RequireMember("pattern").Member("Regex") is { IsText: true, Text: " {2,}" }
                && step.RequireMember("content") is { IsText: true, Text: " " }:
                return new BlankRunNormalizer();
            default:
                throw step.Fault("is a normalizer that can't be run; BertNormalizer, Lowercase, Strip, Precompiled, and Replace of several "
                    + "blanks by one can");
        }

        bool? Setting(string key, string configKey) => (settings.IsBert ? settings.Flag(configKey) : null) ?? Flag(step, key);
    }

    private static CharsmapNormalizer ReadCharsmap(JsonFileValue map)
    {
        try
        {
            return OlderTokenizerReader.ReadCharsmap(Convert.FromBase64String(map.Text), map.File, map.Key);
        }
        catch (FormatException exception)
        {
            throw new InvalidDataException(map.Fault("must be base64").Message, exception);
        }
    }

    private static IWordSplitter ReadSplitter(JsonFileValue step)
    {
        var type = step.RequireMember("type").Text;
        switch (type)
        {
            case "BertPreTokenizer":
                return new BertWordSplitter();
            case "Punctuation" when step.Member("behavior") is null or { IsNull: true } or { IsText: true, Text: "Isolated" }:
                return new PunctuationSplitter();
            case "Metaspace" when Flag(step, "split") ?? true:
                var (mark, scheme) = ReadMetaspace(step);
                return new MetaspaceSplitter(mark, scheme != "never", scheme == "first");
            default:
                throw step.Fault("is a pre-tokenizer that can't be run; BertPreTokenizer, Metaspace with split, and Punctuation with "
                    + "isolated marks can");
        }
    }

    private static PieceJoiner ReadJoiner(JsonFileValue? decoder, IPieceModel model)
    {
        if (decoder is not { IsNull: false } step)
            return model is WordPieceModel ? new WordPieceJoiner(model.ContinuationMark, cleans: true)
                : new MetaspaceJoiner(new Rune(0x2581), dropsFirst: true);
        switch (step.RequireMember("type").Text)
        {
            case "WordPiece":
                return new WordPieceJoiner(step.Member("prefix")?.Text ?? "##", Flag(step, "cleanup") ?? true);
            case "Metaspace":
                var (mark, scheme) = ReadMetaspace(step);
                return new MetaspaceJoiner(mark, scheme != "never");
            default:
                throw step.Fault("is a decoder that can't be run; WordPiece and Metaspace can");
        }
    }

    private static (Rune Mark, string Scheme) ReadMetaspace(JsonFileValue step)
    {
        var replacement = step.RequireMember("replacement");
        if (Rune.DecodeFromUtf16(replacement.Text, out var mark, out var length) != System.Buffers.OperationStatus.Done
            || length != replacement.Text.Length)
            throw replacement.Fault("must be one character");
        if (step.Member("prepend_scheme") is not { IsNull: false } scheme) // Older files have add_prefix_space instead.
            return (mark, Flag(step, "add_prefix_space") ?? true ? "always" : "never");
        return scheme.Text is "always" or "first" or "never" ? (mark, scheme.Text) : throw scheme.Fault("must be always, first or never");
    }

    private static int FindPadding(TextTokenizerSettings settings, Dictionary<string, int> vocabulary)
    {
        var named = settings.Config.Member("pad_token") is { IsNull: false } token
            ? SpecialTokens.ReadToken(token, isNormalized: false).Content : "[PAD]";
        return vocabulary.GetValueOrDefault(named, 0);
    }

    private static bool? Flag(JsonFileValue step, string key) => step.Member(key) is { IsNull: false } flag ? flag.Flag : null;
}
