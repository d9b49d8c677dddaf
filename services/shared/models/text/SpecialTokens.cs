using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models.Text;

/// <summary>The special tokens of a folder without <c>tokenizer.json</c>, by id, and those that are split out of texts.</summary>
internal sealed record SpecialTokens(int Start, int End, int Unknown, int Padding, IReadOnlyList<(AddedToken Token, int Id)> Added)
{
    private static readonly (string Key, string Usual)[] _keys =
        [("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("unk_token", "[UNK]"), ("pad_token", "[PAD]"), ("mask_token", "[MASK]")];

    /// <summary>
    /// Reads <c>added_tokens_decoder</c> of <c>tokenizer_config.json</c>; where it is absent, <c>special_tokens_map.json</c> (or the same
    /// keys of <c>tokenizer_config.json</c>) and <c>added_tokens.json</c>. Tokens beyond the vocabulary are put into it.
    /// </summary>
    /// <param name="folder">Null where there are no files: every token has its usual name.</param>
    /// <param name="vocabularyFile">For messages.</param>
    /// <param name="isUnknownNormalized">True where the class looks for the unknown token in the normalized text.</param>
    /// <exception cref="InvalidDataException">Names the file and the key that is wrong.</exception>
    public static SpecialTokens Read(string? folder, JsonFileValue config, Dictionary<string, int> vocabulary, string vocabularyFile,
        bool isUnknownNormalized)
    {
        var decoder = config.Member("added_tokens_decoder") is { IsNull: false } listed ? listed : (JsonFileValue?)null;
        var map = decoder is null ? FindFile("special_tokens_map.json") : null;
        var added = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        if (decoder is { } tokens)
        {
            foreach (var (id, token) in tokens.Members)
                Add(ReadToken(token, isNormalized: false), ParseId(id, token), token);
        }
        else if (FindFile("added_tokens.json") is { } more)
        {
            foreach (var (content, id) in more.Members)
                Add(new AddedToken(content), id.Id, id);
        }
        var ids = _keys.Select(entry =>
        {
            var place = map?.Member(entry.Key) is { IsNull: false } mapped ? mapped
                : config.Member(entry.Key) is { IsNull: false } named ? named : (JsonFileValue?)null;
            var token = place is { } value ? ReadToken(value, entry.Key == "unk_token" && isUnknownNormalized)
                : new AddedToken(entry.Usual, entry.Key == "unk_token" && isUnknownNormalized);
            if (decoder is null || !added.ContainsKey(token.Content))
                added[token.Content] = token;
            if (vocabulary.TryGetValue(token.Content, out var id))
                return id;
            if (entry.Key == "mask_token") // nothing here masks
                return -1;
            var problem = $"{entry.Key} is '{EchoedText.Shorten(token.Content)}', which is no token of {vocabularyFile}";
            throw place?.Fault(problem) ?? new InvalidDataException($"{vocabularyFile}: {problem}");
        }).ToArray();
        return new SpecialTokens(ids[0], ids[1], ids[2], ids[3],
            [.. added.Values.Where(token => vocabulary.ContainsKey(token.Content)).Select(token => (token, vocabulary[token.Content]))]);

        JsonFileValue? FindFile(string name) => folder is null ? null : JsonFileValue.Find(Path.Combine(folder, name));

        void Add(AddedToken token, int id, JsonFileValue place)
        {
            if (!vocabulary.TryAdd(token.Content, id) && vocabulary[token.Content] != id)
                throw place.Fault($"has another id here than in {vocabularyFile}");
            added[token.Content] = token;
        }
    }

    /// <summary>A token: its content, or an object with it and its form.</summary>
    /// <param name="isNormalized">What holds where the file does not say.</param>
    public static AddedToken ReadToken(JsonFileValue token, bool isNormalized)
    {
        var content = token.IsText ? token.Text : token.RequireMember("content").Text;
        if (content.Length == 0)
            throw token.Fault("must not be empty");
        return token.IsText ? new AddedToken(content, isNormalized) : new AddedToken(content, Flag("normalized") ?? isNormalized)
        {
            LeftStrip = Flag("lstrip") ?? false,
            RightStrip = Flag("rstrip") ?? false,
            SingleWord = Flag("single_word") ?? false,
        };

        bool? Flag(string key) => token.Member(key) is { IsNull: false } flag ? flag.Flag : null;
    }

    private static int ParseId(string key, JsonFileValue place) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw place.Fault("must have a whole number as its key");
}
