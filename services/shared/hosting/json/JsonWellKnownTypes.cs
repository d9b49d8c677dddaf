using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Json;

/// <summary>The messages of protobuf itself that have a JSON of their own, read by protobuf's own parser.</summary>
internal static class JsonWellKnownTypes
{
    /// <summary>The types and what they take, as the end of a sentence.</summary>
    private static readonly Dictionary<string, string> _expected = new()
    {
        [Duration.Descriptor.FullName] = "a duration in seconds such as \"1.5s\"",
        [Timestamp.Descriptor.FullName] = "a time such as \"2026-11-30T12:00:00Z\"",
        [FieldMask.Descriptor.FullName] = "names of fields with commas between them",
        [Struct.Descriptor.FullName] = "an object",
        [ListValue.Descriptor.FullName] = "a list",
        [Value.Descriptor.FullName] = "a value of JSON",
        [Any.Descriptor.FullName] = "an object with \"@type\"",
    };

    public static bool IsWrapper(MessageDescriptor type) => type.File == Int32Value.Descriptor.File;

    /// <summary>True where null is a value and not the absence of one.</summary>
    public static bool TakesNull(FieldDescriptor field) => field.FieldType == FieldType.Message
        ? field.MessageType.FullName == Value.Descriptor.FullName
        : field.FieldType == FieldType.Enum && field.EnumType.FullName == "google.protobuf.NullValue";

    /// <summary>The value as protobuf's formatter writes it; null for a type that has no JSON of its own.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: it is no value of the type.</exception>
    public static string? TryNormalize(JsonElement value, MessageDescriptor type, string path)
    {
        if (!_expected.TryGetValue(type.FullName, out var expected))
            return null;
        try
        {
            return JsonFormatter.Default.Format(JsonParser.Default.Parse(value.GetRawText(), type));
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidOperationException or FormatException
            or ArgumentException or OverflowException)
        {
            throw JsonMessageNormalizer.Wrong(path, expected, value);
        }
    }

    /// <summary>The same for a text in a query.</summary>
    public static string? TryNormalizeText(string text, MessageDescriptor type, string path)
    {
        using var value = JsonDocument.Parse(JsonSerializer.Serialize(text));
        return TryNormalize(value.RootElement, type, path)?.Trim('"');
    }
}
