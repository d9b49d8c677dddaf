using System.Globalization;
using System.Text.Json;
using Google.Protobuf.Reflection;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Json;

/// <summary>
/// Reads a JSON request by the descriptor of its message and writes it again in the one form of each value that JSON transcoding reads.
/// What protobuf's JSON mapping doesn't take is refused with the field as the caller wrote it and what is expected there.
/// </summary>
/// <param name="writer">Gets the request.</param>
internal sealed class JsonMessageNormalizer(Utf8JsonWriter writer)
{
    private const string ValueField = "value";

    /// <param name="value">The JSON of a message.</param>
    /// <param name="type">Its type.</param>
    /// <param name="path">Where it is in the request; empty for the request itself.</param>
    /// <exception cref="MeshException">INVALID_FIELD.</exception>
    public void WriteMessage(JsonElement value, MessageDescriptor type, string path)
    {
        if (JsonWellKnownTypes.IsWrapper(type))
        {
            WriteScalar(value, type.FindFieldByName(ValueField), path);
            return;
        }

        if (JsonWellKnownTypes.TryNormalize(value, type, path) is { } known)
        {
            writer.WriteRawValue(known);
            return;
        }

        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(path, "an object", value);
        var given = new HashSet<FieldDescriptor>();
        var choices = new Dictionary<OneofDescriptor, string>();
        writer.WriteStartObject();
        foreach (var property in value.EnumerateObject())
        {
            var name = ReadText(path, () => property.Name);
            var at = JsonFieldMapping.Join(path, name);
            var field = JsonFieldMapping.FindField(type, name, at);
            if (!given.Add(field))
                throw MeshException.Invalid(at, "Is given twice.");
            if (property.Value.ValueKind == JsonValueKind.Null && !JsonWellKnownTypes.TakesNull(field))
                continue; // the mapping takes null for an absent value
            if (field.RealContainingOneof is { } choice && !choices.TryAdd(choice, at))
                throw MeshException.Invalid(at, $"Excludes {choices[choice]}: give one of them.");
            writer.WritePropertyName(field.JsonName);
            WriteField(property.Value, field, at);
        }

        writer.WriteEndObject();
    }

    private void WriteField(JsonElement value, FieldDescriptor field, string path)
    {
        if (field.IsMap)
            WriteMap(value, field, path);
        else if (field.IsRepeated)
            WriteList(value, field, path);
        else
            WriteValue(value, field, path);
    }

    private void WriteList(JsonElement value, FieldDescriptor field, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(path, "a list", value);
        writer.WriteStartArray();
        foreach (var (index, item) in value.EnumerateArray().Index())
            WriteValue(item, field, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"));
        writer.WriteEndArray();
    }

    private void WriteMap(JsonElement value, FieldDescriptor field, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(path, "an object", value);
        var (keyField, valueField) = (field.MessageType.FindFieldByNumber(1), field.MessageType.FindFieldByNumber(2));
        var given = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject();
        foreach (var entry in value.EnumerateObject())
        {
            var text = ReadText(path, () => entry.Name);
            var at = $"{path}[{EchoedText.Shorten(text)}]";
            var key = JsonScalarMapping.Normalize(keyField, text, isName: true)
                ?? throw MeshException.Invalid(at, $"The key must be {JsonScalarMapping.Describe(keyField)}.");
            if (!given.Add(key))
                throw MeshException.Invalid(at, "Is given twice.");
            writer.WritePropertyName(key);
            WriteValue(entry.Value, valueField, at);
        }

        writer.WriteEndObject();
    }

    private void WriteValue(JsonElement value, FieldDescriptor field, string path)
    {
        if (field.FieldType == FieldType.Message)
            WriteMessage(value, field.MessageType, path);
        else
            WriteScalar(value, field, path);
    }

    private void WriteScalar(JsonElement value, FieldDescriptor field, string path)
    {
        var isText = value.ValueKind == JsonValueKind.String;
        var isNumber = value.ValueKind == JsonValueKind.Number;
        var fits = field.FieldType switch
        {
            FieldType.String or FieldType.Bytes => isText,
            FieldType.Bool => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            _ => isText || isNumber,
        };
        var text = !fits ? null : isText ? ReadText(path, () => value.GetString()!) : value.GetRawText();
        var normal = text is null ? null : JsonScalarMapping.Normalize(field, text, isName: isText);
        if (normal is null)
            throw Wrong(path, JsonScalarMapping.Describe(field), value);
        var isRaw = field.FieldType == FieldType.Bool
            || (JsonScalarMapping.IsWhole(field.FieldType) && !JsonScalarMapping.IsLong(field.FieldType))
            || (field.FieldType is FieldType.Double or FieldType.Float && !JsonScalarMapping.IsNamedNumber(normal));
        if (isRaw)
            writer.WriteRawValue(normal);
        else
            writer.WriteStringValue(normal);
    }

    /// <summary>A text, which JSON may escape as half of a character.</summary>
    private static string ReadText(string path, Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw MeshException.Invalid(Name(path), "Holds half of a character (a surrogate without its other half).");
        }
    }

    internal static MeshException Wrong(string path, string expected, JsonElement value) =>
        MeshException.Invalid(Name(path), $"Must be {expected}, not {DescribeGiven(value)}.");

    /// <summary>The request itself has no name.</summary>
    private static string Name(string path) => path.Length == 0 ? JsonRequestMiddleware.Body : path;

    private static string DescribeGiven(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => EchoedText.Shorten(value.GetRawText()),
    };
}
