using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>
/// Reads <c>{"tokens": [{"name": "viewer", "token": "…", "tenant": "team-a", "roles": ["read"], "expires": "2027-01-01T00:00:00Z"}]}</c>.
/// In the place of <c>token</c> there may be <c>sha256</c>, its digest in hexadecimal, so that no process holds the token itself. A message
/// names line and token, and never has a part of a value.
/// </summary>
internal static class TokenFileReader
{
    private const string Tokens = "tokens", Name = "name", Value = "token", Digest = "sha256", Tenant = "tenant", Roles = "roles",
        Expires = "expires";

    private static readonly string[] _members = [Name, Value, Digest, Tenant, Roles, Expires];
    private static readonly JsonDocumentOptions _format = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <exception cref="InvalidDataException">The content can't be used; the message says where and why.</exception>
    public static IReadOnlyList<StaticToken> Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
            json = json["\uFEFF"u8.Length..];
        try
        {
            using var document = JsonDocument.Parse(json, _format);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty(Tokens, out var list) || list.ValueKind != JsonValueKind.Array)
                throw new InvalidDataException($"it must be an object with a list called '{Tokens}'");
            var lines = FindLines(json.Span);
            var tokens = list.EnumerateArray().Select((entry, i) => ReadToken(entry, lines[Math.Min(i, lines.Count - 1)])).ToList();
            return tokens.Count == 0 ? throw new InvalidDataException($"its list '{Tokens}' is empty, so no caller could be accepted")
                : FindRepeated(tokens) is { } repeated ? throw new InvalidDataException(repeated)
                : tokens;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"line {error.LineNumber + 1} is not JSON"));
        }
    }

    private static StaticToken ReadToken(JsonElement entry, int line)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"line {line}");
        if (entry.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{place}: a token must be an object with {string.Join(", ", _members)}");
        var name = ReadText(entry, Name, place);
        place = $"{place} (token '{EchoedText.Shorten(name)}')";
        if (entry.EnumerateObject().Select(m => m.Name).FirstOrDefault(m => !_members.Contains(m)) is { } other)
            throw new InvalidDataException($"{place}: '{EchoedText.Shorten(other)}' is unknown; known are {string.Join(", ", _members)}");
        var tenant = ReadText(entry, Tenant, place);
        if (!RequestContext.IsTenantName(tenant))
            throw new InvalidDataException(
                $"{place}: '{Tenant}' must have 1 to 63 characters of a-z, 0-9 and '-', and start with a letter");
        return new StaticToken(name, ReadDigest(entry, place), tenant, ReadRoles(entry, place), ReadExpiry(entry, place));
    }

    private static byte[] ReadDigest(JsonElement entry, string place)
    {
        if (entry.TryGetProperty(Value, out _) == entry.TryGetProperty(Digest, out _))
            throw new InvalidDataException($"{place}: it must have either '{Value}' or '{Digest}'");
        if (entry.TryGetProperty(Digest, out _))
        {
            var digest = ReadText(entry, Digest, place);
            return digest.Length == 64 && digest.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digest)
                : throw new InvalidDataException($"{place}: '{Digest}' must have 64 hexadecimal digits");
        }

        var value = ReadText(entry, Value, place);
        if (value.Length < StaticToken.MinLength)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{place}: '{Value}' has {value.Length} characters; it must have at least {StaticToken.MinLength}"));
        return StaticToken.HasHeaderCharacters(value) ? StaticToken.ToDigest(value)
            : throw new InvalidDataException(
                $"{place}: '{Value}' has a space or a character beyond ASCII, which no HTTP header carries as it is");
    }

    private static FrozenSet<string> ReadRoles(JsonElement entry, string place)
    {
        if (!entry.TryGetProperty(Roles, out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw new InvalidDataException($"{place}: '{Roles}' must be a list of {string.Join(", ", RoleNames.All)}");
        foreach (var role in list.EnumerateArray())
        {
            if (role.ValueKind != JsonValueKind.String || !RoleNames.All.Contains(role.GetString()))
                throw new InvalidDataException($"{place}: a role must be one of {string.Join(", ", RoleNames.All)}");
        }

        return list.EnumerateArray().Select(r => r.GetString()!).ToFrozenSet(StringComparer.Ordinal);
    }

    private static DateTimeOffset ReadExpiry(JsonElement entry, string place) =>
        DateTimeOffset.TryParse(ReadText(entry, Expires, place), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time : throw new InvalidDataException($"{place}: '{Expires}' must be a time such as 2027-01-01T00:00:00Z");

    private static string ReadText(JsonElement entry, string member, string place) =>
        entry.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text : throw new InvalidDataException($"{place}: '{member}' is missing, or is not a text");

    private static string? FindRepeated(List<StaticToken> tokens) =>
        tokens.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } name
            ? $"two tokens are called '{EchoedText.Shorten(name.Key)}'"
        : tokens.GroupBy(t => Convert.ToHexString(t.Digest)).FirstOrDefault(g => g.Count() > 1) is { } same
            ? $"the tokens {string.Join(" and ", same.Select(t => $"'{EchoedText.Shorten(t.Name)}'"))} have one value"
        : null;

    /// <summary>The line on which each entry of the list begins: the parsed document doesn't know it.</summary>
    private static List<int> FindLines(ReadOnlySpan<byte> json)
    {
        const int entryDepth = 2;
        var lines = new List<int>();
        var reader = new Utf8JsonReader(json,
            new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        while (reader.Read())
        {
            if (reader.CurrentDepth == entryDepth && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
                lines.Add(1 + json[..(int)reader.TokenStartIndex].Count((byte)'\n'));
        }

        return lines.Count == 0 ? [1] : lines;
    }
}
