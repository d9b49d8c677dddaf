using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using SynCxr.Mesh.Errors;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using Struct = Google.Protobuf.WellKnownTypes.Struct;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// A protobuf message as YAML for people: the proto's field names, enums by their short lower-case names
/// (<c>sampling: per_type</c>). Reading names the path of whatever is wrong.
/// </summary>
public static class ProtoYaml
{
    private static readonly JsonFormatter _formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>The YAML text of a message; fields that are not set are left out.</summary>
    public static string Write(IMessage message)
    {
        var json = JsonNode.Parse(_formatter.Format(message))!.AsObject();
        using var text = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(ToMapping(json, message.Descriptor))).Save(text, assignAnchors: false);
        return text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('.', '\n') + "\n";
    }

    /// <summary>Reads a message.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="path">What the message is called in errors: <c>spec</c>.</param>
    /// <exception cref="MeshException">INVALID_FIELD with the path of the first thing that is wrong.</exception>
    public static T Parse<T>(string yaml, string path)
        where T : IMessage<T>, new()
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException error)
        {
            throw MeshException.Invalid(path, $"line {error.Start.Line}: {error.Message}");
        }

        if (stream.Documents.Count != 1 || stream.Documents[0].RootNode is not YamlMappingNode root)
            throw MeshException.Invalid(path, "must be one YAML mapping");
        return ParseMessage<T>(root, path);
    }

    /// <summary>Reads a message that a <see cref="Struct"/> holds in protobuf's JSON mapping; enums may have their short names.</summary>
    /// <param name="path">What the message is called in errors: <c>spec.evaluate[0]</c>.</param>
    /// <exception cref="MeshException">INVALID_FIELD with the path of the first thing that is wrong.</exception>
    public static T Parse<T>(Struct value, string path)
        where T : IMessage<T>, new() => ParseMessage<T>(ToMapping(JsonNode.Parse(_formatter.Format(value))!.AsObject()), path);

    private static T ParseMessage<T>(YamlMappingNode root, string path)
        where T : IMessage<T>, new()
    {
        var json = ParseMapping(root, new T().Descriptor, path);
        try
        {
            return JsonParser.Default.Parse<T>(json.ToJsonString());
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or FormatException or OverflowException)
        {
            throw MeshException.Invalid(path, error.Message);
        }
    }

    /// <summary>JSON of no message: numbers and booleans bare, and so is text, whose meaning the field that takes it settles.</summary>
    private static YamlMappingNode ToMapping(JsonObject json)
    {
        var map = new YamlMappingNode();
        foreach (var (name, value) in json)
            map.Add(name, ToNode(value));
        return map;
    }

    private static YamlNode ToNode(JsonNode? value) => value switch
    {
        JsonObject json => ToMapping(json),
        JsonArray list => new YamlSequenceNode(list.Select(ToNode)),
        JsonValue scalar when scalar.TryGetValue<string>(out var text) => new YamlScalarNode(text),
        _ => new YamlScalarNode(value?.ToJsonString() ?? ""),
    };

    /// <summary>YAML of no message as JSON: what is quoted is text, what reads as a number or a boolean is one.</summary>
    private static JsonNode ToJson(YamlNode node, string path) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair =>
            KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", (JsonNode?)ToJson(pair.Value, path)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(item => ToJson(item, path))]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when bool.TryParse(scalar.Value, out var flag) => flag,
        YamlScalarNode { Style: ScalarStyle.Plain } scalar
            when double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                && number.ToString("R", CultureInfo.InvariantCulture) == scalar.Value => number,
        YamlScalarNode scalar => scalar.Value ?? "",
        _ => throw MeshException.Invalid(path, "must be a mapping, a list or one value"),
    };

    private static YamlMappingNode ToMapping(JsonObject json, MessageDescriptor type)
    {
        if (type == Struct.Descriptor)
            return ToMapping(json);
        var map = new YamlMappingNode();
        foreach (var (name, value) in json)
        {
            var field = type.FindFieldByName(name);
            map.Add(name, value is JsonArray list ? new YamlSequenceNode(list.Select(v => ToNode(v!, field))) : ToNode(value!, field));
        }

        return map;
    }

    private static YamlNode ToNode(JsonNode value, FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => ToMapping(value.AsObject(), field.MessageType),
        FieldType.Enum => new YamlScalarNode(ShortEnumName(field.EnumType, value.GetValue<string>())),
        FieldType.String => new YamlScalarNode(value.GetValue<string>()) { Style = ScalarStyle.DoubleQuoted },
        _ => new YamlScalarNode(value.ToJsonString().Trim('"')),
    };

    private static JsonObject ParseMapping(YamlMappingNode map, MessageDescriptor type, string path)
    {
        var json = new JsonObject();
        foreach (var (key, value) in map.Children)
        {
            var name = ((YamlScalarNode)key).Value ?? "";
            var field = type.FindFieldByName(name) ?? type.Fields.InDeclarationOrder().FirstOrDefault(f => f.JsonName == name)
                ?? throw MeshException.Invalid($"{path}.{EchoedText.Shorten(name)}",
                    $"no such field; known are {string.Join(", ", type.Fields.InFieldNumberOrder().Select(f => f.Name))}");
            json[field.Name] = ParseField(value, field, $"{path}.{name}");
        }

        return json;
    }

    private static JsonNode ParseField(YamlNode node, FieldDescriptor field, string path)
    {
        if (!field.IsRepeated)
            return ParseSingle(node, field, path);
        var list = node as YamlSequenceNode ?? throw MeshException.Invalid(path, "must be a list");
        if (!list.Any())
            throw MeshException.Invalid(path, "is an empty list. Leave the field out.");
        return new JsonArray([.. list.Select((item, i) => ParseSingle(item, field, $"{path}[{i}]"))]);
    }

    private static JsonNode ParseSingle(YamlNode node, FieldDescriptor field, string path)
    {
        if (field.FieldType == FieldType.Message)
        {
            var map = node as YamlMappingNode ?? throw MeshException.Invalid(path, "must be a mapping");
            return field.MessageType == Struct.Descriptor ? ToJson(map, path) : ParseMapping(map, field.MessageType, path);
        }

        var scalar = node as YamlScalarNode ?? throw MeshException.Invalid(path, "must be one value");
        var text = scalar.Value ?? "";
        if (scalar.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted
            && field.FieldType is not (FieldType.String or FieldType.Enum))
            throw MeshException.Invalid(path,
                $"is text in quotes, '{EchoedText.Shorten(text)}'; write "
                    + $"{(field.FieldType == FieldType.Bool ? "true or false" : "the number")} without quotes");
        return field.FieldType switch
        {
            FieldType.String => text.Length > 0 ? text : throw MeshException.Invalid(path, "is empty. Leave the field out."),
            FieldType.Bool => bool.TryParse(text, out var yes)
                ? yes : throw MeshException.Invalid(path, $"'{EchoedText.Shorten(text)}' is neither true nor false"),
            FieldType.Enum => FullEnumName(field.EnumType, text)
                ?? throw MeshException.Invalid(path,
                    $"'{EchoedText.Shorten(text)}' is none of "
                        + $"{string.Join(", ", field.EnumType.Values.Skip(1).Select(v => ShortEnumName(field.EnumType, v.Name)))}"),
            FieldType.Double => ParseDouble(text, path),
            _ => ParseInteger(text, field, path),
        };
    }

    /// <summary>A comma is refused: it would be dropped, and 1,5 be 15.</summary>
    private static JsonNode ParseDouble(string text, string path)
    {
        if (text.ToUpperInvariant() is ".NAN" or "NAN")
            return "NaN";
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number : throw MeshException.Invalid(path, $"'{EchoedText.Shorten(text)}' is not a number");
    }

    private static string ParseInteger(string text, FieldDescriptor field, string path)
    {
        if (!BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            throw MeshException.Invalid(path, $"'{EchoedText.Shorten(text)}' is not a whole number");
        (BigInteger least, BigInteger most) = field.FieldType switch
        {
            FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => (int.MinValue, int.MaxValue),
            FieldType.UInt32 or FieldType.Fixed32 => (uint.MinValue, uint.MaxValue),
            FieldType.UInt64 or FieldType.Fixed64 => ((BigInteger)ulong.MinValue, (BigInteger)ulong.MaxValue),
            _ => ((BigInteger)long.MinValue, (BigInteger)long.MaxValue),
        };
        return number >= least && number <= most
            ? number.ToString(CultureInfo.InvariantCulture)
            : throw MeshException.Invalid(path, $"{EchoedText.Shorten(text)} is too {(number > most ? "large" : "small")}");
    }

    private static string Prefix(EnumDescriptor type) => type.Values[0].Name[..^"UNSPECIFIED".Length];

    private static string ShortEnumName(EnumDescriptor type, string name)
    {
#pragma warning disable CA1308 // People write enums in lower case.
        return name.StartsWith(Prefix(type), StringComparison.Ordinal) ? name[Prefix(type).Length..].ToLowerInvariant() : name;
#pragma warning restore CA1308
    }

    private static string? FullEnumName(EnumDescriptor type, string text) =>
        type.Values.FirstOrDefault(v => v.Name == text || v.Name == Prefix(type) + text.ToUpperInvariant())?.Name;
}
