using System.Globalization;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>A token that a file lists beyond the vocabulary.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Id">The id that the file gives it; null where it gives none.</param>
internal readonly record struct ListedToken(JsonFileValue Place, string Content, int? Id);

/// <summary>The special tokens of a folder.</summary>
/// <param name="Named">The key and the content of each token that a key names; they must be in the vocabulary.</param>
/// <param name="Listed">Tokens with ids: of <c>added_tokens_decoder</c>, <c>added_tokens.json</c> or <c>tokenizer.json</c>.</param>
/// <param name="Extra">Further tokens, which take the next ids where the vocabulary lacks them.</param>
/// <param name="Added">All of them, in the form that counts.</param>
internal sealed record ClipSpecialTokens(
    string Start,
    string End,
    string Unknown,
    string? Padding,
    IReadOnlyList<(string Key, string Token)> Named,
    IReadOnlyList<ListedToken> Listed,
    IReadOnlyList<ListedToken> Extra,
    IReadOnlyList<AddedToken> Added);

/// <summary>
/// Finds out which tokens are special, with the precedence of transformers 5. Where <c>tokenizer_config.json</c> has
/// <c>added_tokens_decoder</c>, it alone counts; else <c>special_tokens_map.json</c> overrides it key by key, and the added tokens of
/// <c>added_tokens.json</c> and <c>tokenizer.json</c> count. A key that is absent means CLIP's token in its exact form. A listed token's
/// form holds for every key that names it; where keys give one token two forms, the last of <see cref="_keys"/> holds.
/// </summary>
internal sealed class ClipSpecialTokenReader(string folder, JsonFileValue config, JsonFileValue? json)
{
    private const string DecoderKey = "added_tokens_decoder", PaddingKey = "pad_token";

    // The order in which the library adds them: a later form replaces an earlier one.
    private static readonly string[] _keys = ["bos_token", "eos_token", "unk_token", "sep_token", PaddingKey, "cls_token", "mask_token"];
    private static readonly string[] _listKeys = ["additional_special_tokens", "extra_special_tokens"];

    private static readonly Dictionary<string, string> _clipTokens = new()
    {
        ["bos_token"] = ClipTokenizerFiles.ClipStart,
        ["eos_token"] = ClipTokenizerFiles.ClipEnd,
        ["unk_token"] = ClipTokenizerFiles.ClipEnd,
        [PaddingKey] = ClipTokenizerFiles.ClipEnd,
    };

    private readonly List<ListedToken> _listed = [];
    private readonly Dictionary<string, AddedToken> _forms = new(StringComparer.Ordinal); // in the order of their adding

    public ClipSpecialTokens Read()
    {
        var hasDecoder = config.Member(DecoderKey) is not null;
        var map = hasDecoder ? null : JsonFileValue.Find(Path.Combine(folder, "special_tokens_map.json"));
        ReadListed(map, hasDecoder);
        var listedForms = _forms.ToDictionary(StringComparer.Ordinal);
        var named = new Dictionary<string, string>();
        foreach (var key in _keys)
        {
            if (FindToken(map, key) is { } token)
            {
                named[key] = token.Content;
                var isGiven = (map?.Member(key) ?? config.Member(key)) is not null;
                _forms[token.Content] = isGiven ? listedForms.GetValueOrDefault(token.Content, token) : token;
            }
        }
        var extra = new List<ListedToken>();
        foreach (var (item, isOfMap) in _listKeys.SelectMany(key => ListItems(map, key)))
        {
            var token = ParseToken(item, isSpecial: isOfMap);
            extra.Add(new ListedToken(item, token.Content, null));
            _forms[token.Content] = token;
        }
        return new ClipSpecialTokens(
            named["bos_token"], named["eos_token"], named["unk_token"], named.GetValueOrDefault(PaddingKey),
            [.. named.Select(entry => (entry.Key, entry.Value))], _listed, extra, [.. _forms.Values]);
    }

    private AddedToken? FindToken(JsonFileValue? map, string key)
    {
        var ofMap = map?.Member(key);
        if ((ofMap ?? config.Member(key)) is not { } value)
            return _clipTokens.TryGetValue(key, out var clips) ? new AddedToken(clips) : null;
        if (!value.IsNull)
            return ParseToken(value, isSpecial: ofMap is not null);
        return key == PaddingKey || !_clipTokens.ContainsKey(key) ? null : throw value.Fault("is null; every prompt needs this token");
    }

    private IEnumerable<(JsonFileValue Item, bool IsOfMap)> ListItems(JsonFileValue? map, string key)
    {
        foreach (var file in new[] { config, map })
        {
            if (file?.Member(key) is not { IsNull: false } list)
                continue;
            foreach (var item in list.IsObject ? list.Members.Values : list.Items)
                yield return (item, file == map);
        }
    }

    private void ReadListed(JsonFileValue? map, bool hasDecoder)
    {
        if (hasDecoder)
        {
            var entries = config.Member(DecoderKey)!.Value.Members.Values.Select(entry => (Entry: entry, Id: ParseId(entry)));
            foreach (var (entry, id) in entries.OrderBy(entry => entry.Id))
                AddListed(entry, ParseToken(entry, isSpecial: false), id);
            return;
        }
        if (JsonFileValue.Find(Path.Combine(folder, "added_tokens.json")) is { } addedFile)
        {
            var named = _keys.Select(key => map?.Member(key) ?? config.Member(key)).OfType<JsonFileValue>().Where(value => !value.IsNull)
                .Select(value => ParseToken(value, isSpecial: true).Content).ToHashSet(StringComparer.Ordinal);
            foreach (var (content, id) in addedFile.Members)
                AddListed(id, new AddedToken(content, Normalized: !named.Contains(content)), id.Id);
        }
        foreach (var entry in json?.Member("added_tokens")?.Items ?? [])
            AddListed(entry, ParseToken(entry, isSpecial: false), entry.RequireMember("id").Id);
    }

    private void AddListed(JsonFileValue place, AddedToken token, int id)
    {
        _listed.Add(new ListedToken(place, token.Content, id));
        _forms[token.Content] = token;
    }

    private static int ParseId(JsonFileValue entry)
    {
        var name = entry.Key[(DecoderKey.Length + 1)..];
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id : throw entry.Fault("the key must be an id, a whole number from 0 on");
    }

    /// <summary>A token as a string, which stands for its exact form only, or as an object with its content and flags.</summary>
    /// <param name="isSpecial">True where the file makes it special whatever it says.</param>
    private static AddedToken ParseToken(JsonFileValue value, bool isSpecial)
    {
        if (!value.IsObject)
            return new AddedToken(CheckContent(value));
        isSpecial |= value.Member("special") is { } special && special.Flag;
        return new AddedToken(CheckContent(value.RequireMember("content")), FindFlag("normalized") ?? !isSpecial)
        {
            LeftStrip = FindFlag("lstrip") ?? false,
            RightStrip = FindFlag("rstrip") ?? false,
            SingleWord = FindFlag("single_word") ?? false,
        };

        bool? FindFlag(string name) => value.Member(name)?.Flag;
    }

    private static string CheckContent(JsonFileValue content) =>
        content.Text is { Length: > 0 } text ? text : throw content.Fault("is empty; a token has at least one character");
}
