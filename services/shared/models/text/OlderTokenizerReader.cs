using System.Text;
using System.Text.Json;
using Google.Protobuf;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models.Text;

/// <summary>Makes a tokenizer of the files that came before <c>tokenizer.json</c>, as transformers converts them.</summary>
internal static class OlderTokenizerReader
{
    private const int MostCharacters = 100;
    private const string ContinuationMark = "##";
    private static readonly Rune _mark = new(0x2581);

    /// <summary>BERT's: <c>vocab.txt</c>, one piece a line.</summary>
    public static TextTokenizerParts ReadBert(string folder, TextTokenizerSettings settings)
    {
        CheckClass(settings, TextTokenizerReader.VocabularyFile, "BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer",
            "DistilBertTokenizerFast", "ElectraTokenizer", "ElectraTokenizerFast", "PreTrainedTokenizerFast");
        var file = Path.Combine(folder, TextTokenizerReader.VocabularyFile);
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, piece) in File.ReadLines(file).Index())
            vocabulary[piece] = id;
        var special = SpecialTokens.Read(folder, settings.Config, vocabulary, file, isUnknownNormalized: false);
        return MakeBert(vocabulary, settings, special);
    }

    /// <summary>BERT's tokenizer of a vocabulary without files.</summary>
    public static TextTokenizerParts MakeBert(IReadOnlyList<string> pieces, bool lowerCase)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, piece) in pieces.Index())
            vocabulary[piece] = id;
        var config = new JsonFileValue("", "", JsonSerializer.SerializeToElement(new { do_lower_case = lowerCase }));
        return MakeBert(vocabulary, new TextTokenizerSettings(config, MostTokens: null, CutsBegin: false),
            SpecialTokens.Read(folder: null, config, vocabulary, TextTokenizerReader.VocabularyFile, isUnknownNormalized: false));
    }

    private static TextTokenizerParts MakeBert(Dictionary<string, int> vocabulary, TextTokenizerSettings settings, SpecialTokens special)
    {
        var lowercase = settings.Flag("do_lower_case") ?? true;
        var normalizer = new BertNormalizer(CleanText: true, settings.Flag("tokenize_chinese_chars") ?? true,
            settings.Flag("strip_accents") ?? lowercase, lowercase);
        return new TextTokenizerParts([normalizer], [new BertWordSplitter()],
            new WordPieceModel(vocabulary, special.Unknown, ContinuationMark, MostCharacters), RowTemplate.Bert(special.Start, special.End),
            special.Added, new WordPieceJoiner(ContinuationMark, cleans: true), special.Padding, settings.MostTokens, settings.CutsBegin);
    }

    /// <summary>DeBERTa's: <c>spm.model</c> of SentencePiece.</summary>
    public static TextTokenizerParts ReadDeberta(string folder, TextTokenizerSettings settings)
    {
        CheckClass(settings, TextTokenizerReader.SentencePieceFile, "DebertaV2Tokenizer", "DebertaV2TokenizerFast");
        var file = Path.Combine(folder, TextTokenizerReader.SentencePieceFile);
        var model = ReadSentencePiece(file);
        var unigram = new UnigramModel([.. model.Pieces.Select(piece => (piece.Piece, (double)piece.Score))],
            model.TrainerSpec?.UnkId ?? 0);
        var vocabulary = new Dictionary<string, int>(unigram.Vocabulary, StringComparer.Ordinal);
        var special = SpecialTokens.Read(folder, settings.Config, vocabulary, file, isUnknownNormalized: true);
        List<ITextNormalizer> normalizers = [new StripNormalizer(left: true, right: true)];
        if (settings.Flag("do_lower_case") == true)
            normalizers.Insert(0, new LowercaseNormalizer());
        if (model.NormalizerSpec?.PrecompiledCharsmap is { Length: > 0 } map)
            normalizers.Add(ReadCharsmap(map.Span, file, "precompiled_charsmap"));
        normalizers.Add(new BlankRunNormalizer());
        List<IWordSplitter> splitters = [new MetaspaceSplitter(_mark, prepends: true, onlyFirst: false)];
        if (settings.Flag("split_by_punct") == true)
            splitters.Insert(0, new PunctuationSplitter());
        return new TextTokenizerParts(normalizers, splitters, unigram, RowTemplate.Bert(special.Start, special.End), special.Added,
            new MetaspaceJoiner(_mark, dropsFirst: true), special.Padding, settings.MostTokens, settings.CutsBegin);
    }

    /// <exception cref="InvalidDataException">It is no map.</exception>
    public static CharsmapNormalizer ReadCharsmap(ReadOnlySpan<byte> map, string file, string key)
    {
        try
        {
            return new CharsmapNormalizer(map);
        }
        catch (FormatException exception)
        {
            throw new InvalidDataException($"{file}: {key}: {exception.Message}", exception);
        }
    }

    private static SentencePieceModel ReadSentencePiece(string file)
    {
        SentencePieceModel model;
        try
        {
            model = SentencePieceModel.Parser.ParseFrom(File.ReadAllBytes(file));
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidDataException($"{file}: is no SentencePiece model", exception);
        }
        var trainer = model.TrainerSpec;
        if (trainer?.ModelType is > 1)
            throw new InvalidDataException($"{file}: trainer_spec.model_type: is {trainer.ModelType}; only 1 (unigram) can be run");
        if (trainer?.ByteFallback == true)
            throw new InvalidDataException($"{file}: trainer_spec.byte_fallback: is true; only false can be run");
        if (model.Pieces.Count == 0 || trainer?.UnkId >= model.Pieces.Count)
            throw new InvalidDataException($"{file}: trainer_spec.unk_id: must be the id of one of its pieces");
        return model;
    }

    private static void CheckClass(TextTokenizerSettings settings, string file, params string[] known)
    {
        if (settings.Class is { } name && !known.Contains(name))
            throw settings.Config.RequireMember("tokenizer_class").Fault(
                $"is none of {string.Join(", ", known)}, which a folder with {file} and no {TextTokenizerReader.JsonFile} may have");
    }
}
