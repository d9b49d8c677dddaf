using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Models.Weights;

/// <summary>
/// Reads what a header says of one tensor: an object of <c>dtype</c>, <c>shape</c> and <c>data_offsets</c>, or the three as a list. Fields
/// that the format does not know are passed over, and must be JSON all the same.
/// </summary>
internal static class SafetensorsEntryReader
{
    private static readonly string[] _fields = ["dtype", "shape", "data_offsets"];

    /// <param name="reader">At the entry's first token; left at its last.</param>
    /// <exception cref="InvalidDataException">Names the file, the tensor and the field.</exception>
    public static SafetensorsEntry Read(ref Utf8JsonReader reader, string path, string name)
    {
        var subject = $"'{EchoedText.Shorten(name)}'";
        string? type = null;
        List<long>? shape = null, offsets = null;
        var isList = reader.TokenType == JsonTokenType.StartArray;
        if (!isList && reader.TokenType != JsonTokenType.StartObject)
            throw Problem(path, $"{subject} must be an object with {string.Join(", ", _fields)}");
        for (var i = 0; reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray); i++)
        {
            var field = isList ? i < _fields.Length ? _fields[i] : throw Problem(path, $"{subject} has more than three values")
                : reader.GetString()!;
            if (!isList)
                reader.Read();
            var isKnown = field switch { "dtype" => type is not null, "shape" => shape is not null, _ => offsets is not null };
            if (isKnown && _fields.Contains(field))
                throw Problem(path, $"{subject}: {field} stands there twice");
            switch (field)
            {
                case "dtype":
                    type = ReadType(ref reader, path, subject);
                    break;
                case "shape":
                    shape = ReadSizes(ref reader, path, $"{subject}: shape");
                    break;
                case "data_offsets":
                    offsets = ReadSizes(ref reader, path, $"{subject}: data_offsets");
                    break;
                default:
                    PassOver(ref reader, path, subject);
                    break;
            }
        }

        if (type is null || shape is null || offsets is null)
            throw Problem(path, $"{subject}: {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")} is missing");
        if (offsets.Count != 2 || offsets[1] < offsets[0])
            throw Problem(path, $"{subject}: data_offsets must be two numbers, the second not below the first");
        return new SafetensorsEntry(type, shape, offsets[0], offsets[1] - offsets[0]);
    }

    private static string ReadType(ref Utf8JsonReader reader, string path, string subject)
    {
        var isObject = reader.TokenType == JsonTokenType.StartObject; // {"F32": null} is how its serialiser may spell a word, too
        if (isObject)
            reader.Read();
        var type = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? reader.GetString() : null;
        if (isObject && !(reader.Read() && reader.TokenType == JsonTokenType.Null && reader.Read()
            && reader.TokenType == JsonTokenType.EndObject))
            type = null;
        return type is not null && SafetensorsHeader.IsType(type) ? type
            : throw Problem(path, $"{subject}: dtype must be a type of the safetensors format, as F32, F16 or BF16");
    }

    private static List<long> ReadSizes(ref Utf8JsonReader reader, string path, string subject)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Problem(path, $"{subject} must be a list of whole numbers");
        var sizes = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // 2.0, 4e1 and -0 are no whole numbers to the library either. A size above 2^63 fits no file.
            sizes.Add(reader.TokenType == JsonTokenType.Number && reader.ValueSpan[0] != (byte)'-' && reader.TryGetInt64(out var size)
                ? size : throw Problem(path, $"{subject} must hold whole numbers, 0 or more, without point or exponent"));
        }

        return sizes;
    }

    private static void PassOver(ref Utf8JsonReader reader, string path, string subject)
    {
        var depth = reader.CurrentDepth;
        do
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                _ = reader.GetString(); // throws at half a surrogate pair
            else if (reader.TokenType == JsonTokenType.Number && !(reader.TryGetDouble(out var number) && double.IsFinite(number)))
                throw Problem(path, $"{subject} holds a number that is too large");
        }
        while (!(reader.CurrentDepth == depth && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            && reader.Read());
    }

    private static InvalidDataException Problem(string path, string problem) => SafetensorsHeader.Problem(path, problem);
}
