using System.Text.Json;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models.Text;

/// <summary>
/// Reads the tokenizer of a text encoder's folder. <c>tokenizer.json</c> says everything where it is there; else <c>vocab.txt</c> makes
/// BERT's tokenizer, or <c>spm.model</c> DeBERTa's, as transformers makes them.
/// </summary>
internal static class TextTokenizerReader
{
    public const string ConfigFile = "tokenizer_config.json", JsonFile = "tokenizer.json";
    public const string VocabularyFile = "vocab.txt", SentencePieceFile = "spm.model";

    /// <exception cref="InvalidDataException">Names the file and the key that is wrong.</exception>
    public static TextTokenizerParts Read(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        var config = JsonFileValue.Find(path) ?? new JsonFileValue(path, "", JsonSerializer.SerializeToElement(new { }));
        if (config.Member("split_special_tokens") is { IsNull: false } split && split.Flag)
            throw split.Fault("is true; only false is known: names of special tokens in a text are these tokens");
        var settings = new TextTokenizerSettings(config, ReadMostTokens(config), ReadCutsBegin(config));
        if (JsonFileValue.Find(Path.Combine(folder, JsonFile)) is { } json)
            return TokenizerJsonReader.Read(json, settings);
        if (File.Exists(Path.Combine(folder, VocabularyFile)))
            return OlderTokenizerReader.ReadBert(folder, settings);
        if (File.Exists(Path.Combine(folder, SentencePieceFile)))
            return OlderTokenizerReader.ReadDeberta(folder, settings);
        throw new InvalidDataException(
            $"{Path.Combine(folder, JsonFile)}: is missing, and so are {VocabularyFile} and {SentencePieceFile}; one of them must hold the "
                + "vocabulary");
    }

    // transformers writes 1000000000000000019884624838656 where there is no limit.
    private static int? ReadMostTokens(JsonFileValue config)
    {
        if (config.Member("model_max_length") is not { IsNull: false } member)
            return null;
        if (!PythonJson.TryGetNumber(member.Element, out var length) || !(length >= 3))
            throw member.Fault("must be a number from 3 on");
        return length > int.MaxValue ? null : (int)length;
    }

    private static bool ReadCutsBegin(JsonFileValue config)
    {
        if (config.Member("truncation_side") is not { IsNull: false } side)
            return false;
        return side.Text is "left" or "right" ? side.Text == "left" : throw side.Fault("must be left or right");
    }
}

/// <summary>What <c>tokenizer_config.json</c> says beside the names of special tokens.</summary>
internal sealed record TextTokenizerSettings(JsonFileValue Config, int? MostTokens, bool CutsBegin)
{
    private static readonly string[] _bertClasses = ["BertTokenizer", "BertTokenizerFast"];

    /// <summary>The class that the file names; null where it names none.</summary>
    public string? Class => Config.Member("tokenizer_class") is { IsNull: false } name ? name.Text : null;

    /// <summary>True where the class is BERT's, whose settings in this file count more than those of <c>tokenizer.json</c>.</summary>
    public bool IsBert => _bertClasses.Contains(Class);

    /// <summary>A setting that is true or false; null where it is absent or null.</summary>
    public bool? Flag(string key) => Config.Member(key) is { IsNull: false } flag ? flag.Flag : null;
}
