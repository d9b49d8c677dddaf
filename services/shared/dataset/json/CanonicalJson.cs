using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SynCxr.Mesh.SealedDatasets.Json;

/// <summary>
/// JSON Canonicalization Scheme, RFC 8785: no white space, members sorted by UTF-16 code units, shortest numbers, UTF-8.
/// An integer that a double can't hold is refused rather than rounded: write it as a string.
/// </summary>
public static class CanonicalJson
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The canonical bytes of a node; null is the JSON null.</summary>
    public static byte[] Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node);
        return _strict.GetBytes(text.ToString());
    }

    /// <summary>The canonical bytes of a value, by way of its System.Text.Json form.</summary>
    public static byte[] WriteValue<T>(T value, JsonSerializerOptions? options = null) =>
        Write(JsonSerializer.SerializeToNode(value, options));

    private static void Append(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                AppendObject(text, members);
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0)
                        text.Append(',');
                    Append(text, items[i]);
                }

                text.Append(']');
                break;
            default:
                AppendValue(text, node.AsValue());
                break;
        }
    }

    private static void AppendObject(StringBuilder text, JsonObject members)
    {
        text.Append('{');
        var first = true;
        foreach (var (name, value) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            if (!first)
                text.Append(',');
            first = false;
            AppendString(text, name);
            text.Append(':');
            Append(text, value);
        }

        text.Append('}');
    }

    private static void AppendValue(StringBuilder text, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                AppendString(text, value.GetValue<string>());
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            default:
                AppendNumber(text, value.ToJsonString());
                break;
        }
    }

    private static void AppendNumber(StringBuilder text, string literal)
    {
        var number = double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture);
        var isInteger = literal.AsSpan().IndexOfAny('.', 'e', 'E') < 0;
        var canonical = CanonicalNumber.Format(number);
        if (isInteger && Math.Abs(number) >= CanonicalNumber.MaxInteger && canonical != literal)
            throw new ArgumentException($"the integer {literal} would become {canonical}; write it as a string");
        text.Append(canonical);
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
