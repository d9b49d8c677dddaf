using System.Globalization;
using System.Text.Json;

namespace SynCxr.Mesh.Models;

/// <summary>
/// JSON as Python's <c>json</c> module writes it: with the bare words <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which strict JSON
/// does not know. Schedulers of diffusers hold them (<c>"lambda_min_clipped": -Infinity</c>).
/// </summary>
public static class PythonJson
{
    // A bare word becomes a string that starts with U+0000, which no file that a person wrote holds.
    private const char Mark = '\0';

    private static readonly Dictionary<string, double> _words = new()
    {
        ["NaN"] = double.NaN,
        ["Infinity"] = double.PositiveInfinity,
        ["-Infinity"] = double.NegativeInfinity,
    };

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        return JsonDocument.Parse(QuoteBareWords(utf8));
    }

    /// <summary>The number that an element holds; false where it holds something else.</summary>
    public static bool TryGetNumber(JsonElement element, out double number)
    {
        number = 0;
        if (element.ValueKind == JsonValueKind.Number)
            return element.TryGetDouble(out number);
        return element.ValueKind == JsonValueKind.String && element.GetString() is [Mark, .. var word]
            && _words.TryGetValue(word, out number);
    }

    /// <summary>What an element is, as messages say it; what it holds is nobody's business but its owner's.</summary>
    public static string DescribeKind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        _ => TryGetNumber(element, out _) ? "a number" : "a text",
    };

    /// <summary>What is wrong with a text that is no JSON, as a sentence without its subject's name.</summary>
    public static string DescribeError(JsonException error) => string.Create(CultureInfo.InvariantCulture,
        $"The file is not JSON, or is nested more than 64 deep: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.");

    private static ReadOnlyMemory<byte> QuoteBareWords(ReadOnlySpan<byte> utf8)
    {
        var quoted = new MemoryStream(utf8.Length + 64);
        var inString = false;
        for (var i = 0; i < utf8.Length; i++)
        {
            var symbol = utf8[i];
            if (!inString && FindWord(utf8[i..]) is { } word)
            {
                quoted.Write("\"\\u0000"u8);
                quoted.Write(utf8.Slice(i, word.Length));
                quoted.WriteByte((byte)'"');
                i += word.Length - 1;
                continue;
            }
            quoted.WriteByte(symbol);
            if (inString && symbol == (byte)'\\' && i + 1 < utf8.Length)
                quoted.WriteByte(utf8[++i]);
            else if (symbol == (byte)'"')
                inString = !inString;
        }
        return quoted.GetBuffer().AsMemory(0, (int)quoted.Length);
    }

    private static string? FindWord(ReadOnlySpan<byte> utf8)
    {
        if (utf8[0] is not ((byte)'N' or (byte)'I' or (byte)'-'))
            return null;
        foreach (var word in _words.Keys)
        {
            if (utf8.Length >= word.Length && System.Text.Ascii.Equals(utf8[..word.Length], word))
                return word;
        }
        return null;
    }
}
