using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>
/// Reads the tokenizer folder of a diffusers model as transformers 5 does. <c>tokenizer.json</c> gives vocabulary and merges where it is
/// there, else <c>vocab.json</c> and <c>merges.txt</c> do; <see cref="ClipSpecialTokenReader"/> says which tokens are special.
/// </summary>
internal sealed class ClipTokenizerReader(string folder, int positions, int? embeddings)
{
    private const string TokenizerFile = "tokenizer.json";

    // A start, an end, and one token between them.
    private const int LeastLength = 3;
    private static readonly string[] _classes = ["CLIPTokenizer", "CLIPTokenizerFast"];

    /// <exception cref="InvalidDataException">Names the file and the key that is wrong.</exception>
    public ClipTokenizerFiles Read()
    {
        var config = JsonFileValue.Find(PathOf(ClipTokenizerFiles.ConfigFile))
            ?? new JsonFileValue(PathOf(ClipTokenizerFiles.ConfigFile), "", JsonSerializer.SerializeToElement(new { }));
        CheckConfig(config);
        var json = JsonFileValue.Find(PathOf(TokenizerFile));
        var vocabulary = ReadVocabulary(json is { } tokens ? ClipTokenizerJson.FindVocabulary(tokens) : RequireVocabularyFile());
        var merges = json is { } pairs ? ClipTokenizerJson.ReadMerges(pairs, vocabulary) : ReadMerges(vocabulary);
        var special = new ClipSpecialTokenReader(folder, config, json).Read();
        AddTokens(vocabulary, special.Listed);
        foreach (var (key, token) in special.Named)
            CheckIsKnown(vocabulary, config, key, token);
        AddTokens(vocabulary, special.Extra);
        CheckIds(vocabulary);
        return new ClipTokenizerFiles(vocabulary, merges, special.Start, special.End, special.Unknown, special.Padding, ReadLength(config))
        {
            Added = special.Added,
            Source = config.File,
        };
    }

    private string PathOf(string file) => Path.Combine(folder, file);

    private static void CheckConfig(JsonFileValue config)
    {
        if (config.Member("tokenizer_class") is { IsNull: false } name && !_classes.Contains(name.Text))
            throw name.Fault($"must be {string.Join(" or ", _classes)}: no other tokenizer can be read");
        foreach (var key in new[] { "padding_side", "truncation_side" })
        {
            if (config.Member(key) is { IsNull: false } side && side.Text != "right")
                throw side.Fault("must be right: no other side is known");
        }
        if (config.Member("split_special_tokens") is { IsNull: false } split && split.Flag)
            throw split.Fault("is true; only false is known: names of special tokens in a prompt are these tokens");
    }

    private int ReadLength(JsonFileValue config)
    {
        if (config.Member("model_max_length") is not { IsNull: false } member)
            return positions;
        if (!PythonJson.TryGetNumber(member.Element, out var length) || !(length >= LeastLength))
            throw member.Fault($"must be a number from {LeastLength} on");
        return (int)Math.Min(length, positions); // Some exports write 1e30 for "no limit".
    }

    private JsonFileValue RequireVocabularyFile() =>
        JsonFileValue.Find(PathOf(ClipTokenizerFiles.VocabularyFile)) ?? throw new InvalidDataException(
            $"{PathOf(ClipTokenizerFiles.VocabularyFile)}: is missing, and so is {TokenizerFile}; one of them must hold the vocabulary");

    private static Dictionary<string, int> ReadVocabulary(JsonFileValue tokens)
    {
        var vocabulary = tokens.Members.ToDictionary(token => token.Key, token => token.Value.Id, StringComparer.Ordinal);
        if (vocabulary.Count == 0)
            throw tokens.Fault("holds no token");
        var byId = new Dictionary<int, string>();
        foreach (var (token, id) in vocabulary)
        {
            if (!byId.TryAdd(id, token))
                throw tokens.Fault(
                    $"'{EchoedText.Shorten(byId[id])}' and '{EchoedText.Shorten(token)}' have one id; each token needs its own");
        }
        return vocabulary;
    }

    private IReadOnlyList<(string Left, string Right)> ReadMerges(Dictionary<string, int> vocabulary)
    {
        var path = PathOf(ClipTokenizerFiles.MergesFile);
        var merges = ClipTokenizerFiles.ReadMerges(path);
        foreach (var (index, merge) in merges.Index())
        {
            if (NeedsUnknown(merge, vocabulary))
                throw new InvalidDataException($"{path}: merge {index + 1} needs a token that the vocabulary lacks");
        }
        return merges;
    }

    /// <summary>True where the vocabulary lacks one of a merge's three tokens.</summary>
    public static bool NeedsUnknown((string Left, string Right) merge, Dictionary<string, int> vocabulary) =>
        new[] { merge.Left, merge.Right, merge.Left + merge.Right }.Any(token => !vocabulary.ContainsKey(token));

    // What a tuning added takes the ids after the last one, in order; a file that says otherwise contradicts itself.
    private static void AddTokens(Dictionary<string, int> vocabulary, IEnumerable<ListedToken> tokens)
    {
        foreach (var (place, content, listed) in tokens)
        {
            var isKnown = vocabulary.TryGetValue(content, out var id);
            if (!isKnown)
                id = vocabulary.Count;
            if (listed is not null && listed != id)
                throw place.Fault(isKnown ? "has another id here than in the vocabulary" : "must have the next id of the vocabulary");
            vocabulary[content] = id;
        }
    }

    private static void CheckIsKnown(Dictionary<string, int> vocabulary, JsonFileValue config, string key, string token)
    {
        if (!vocabulary.ContainsKey(token))
            throw new InvalidDataException($"{config.File}: {key}: must be a token of the vocabulary");
    }

    private void CheckIds(Dictionary<string, int> vocabulary)
    {
        if (vocabulary.Values.Max() >= embeddings)
            throw new InvalidDataException(
                $"{folder}: a token has an id that the text encoder does not know: ids must be below vocab_size of its config.json");
    }
}
