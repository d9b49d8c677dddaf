using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Models.Weights;

/// <summary>Where a tensor lies in a safetensors file.</summary>
/// <param name="Type">As the format spells it: <c>F32</c>, <c>BF16</c>, <c>F8_E4M3</c>, …</param>
/// <param name="Shape">Sizes of its dimensions; none for a scalar.</param>
/// <param name="Start">First byte, counted from the end of the header.</param>
/// <param name="Length">Bytes.</param>
public sealed record SafetensorsEntry(string Type, IReadOnlyList<long> Shape, long Start, long Length);

/// <summary>
/// The header of a safetensors file: 8 bytes of length, then JSON. What it accepts and refuses is what the safetensors library (0.8.0)
/// does: the tensors cover the rest of the file without a hole or an overlap, in whatever order they are named.
/// </summary>
/// <param name="Tensors">By name.</param>
/// <param name="Metadata">What the writer noted; null where the file has none.</param>
/// <param name="DataStart">Where in the file the first tensor's bytes are.</param>
public sealed record SafetensorsHeader(
    IReadOnlyDictionary<string, SafetensorsEntry> Tensors, IReadOnlyDictionary<string, string>? Metadata, long DataStart)
{
    private const int LengthBytes = 8, MostHeaderBytes = 100_000_000;

    /// <summary>Bits of a value, by type.</summary>
    private static readonly Dictionary<string, ulong> _bits = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 8,
        ["F4"] = 4,
        ["F6_E2M3"] = 6,
        ["F6_E3M2"] = 6,
        ["U8"] = 8,
        ["I8"] = 8,
        ["F8_E5M2"] = 8,
        ["F8_E4M3"] = 8,
        ["F8_E8M0"] = 8,
        ["F8_E4M3FNUZ"] = 8,
        ["F8_E5M2FNUZ"] = 8,
        ["I16"] = 16,
        ["U16"] = 16,
        ["F16"] = 16,
        ["BF16"] = 16,
        ["I32"] = 32,
        ["U32"] = 32,
        ["F32"] = 32,
        ["C64"] = 64,
        ["F64"] = 64,
        ["I64"] = 64,
        ["U64"] = 64,
    };

    /// <summary>Reads the header and leaves the file where the first tensor's bytes are.</summary>
    /// <param name="file">At its start; its length must be known.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="InvalidDataException">Names the file and, where one is wrong, the tensor.</exception>
    public static SafetensorsHeader Read(Stream file, string path)
    {
        Span<byte> start = stackalloc byte[LengthBytes];
        if (file.Length < LengthBytes)
            throw Problem(path, "is shorter than the 8 bytes that a safetensors file starts with");
        file.ReadExactly(start);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MostHeaderBytes || (long)length > file.Length - LengthBytes)
            throw Problem(path, "must be a safetensors file: the length of its header does not fit its own");
        var json = new byte[length];
        file.ReadExactly(json);
        if (!Utf8.IsValid(json))
            throw Problem(path, "the header must be text in UTF-8");
        try
        {
            return Parse(json, file.Length - LengthBytes - (long)length, path);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: the header must be the JSON of a safetensors file: "
                + PythonJson.DescribeError(error), error);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"{path}: the header holds half a surrogate pair, which is no character", error);
        }
    }

    private static SafetensorsHeader Parse(byte[] json, long dataLength, string path)
    {
        // As deep as the library's JSON reader goes.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 127 });
        var tensors = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        var hasMetadata = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw Problem(path, "the header must be a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name != "__metadata__")
                tensors[name] = SafetensorsEntryReader.Read(ref reader, path, name); // of two of one name the last one counts
            else if (hasMetadata)
                throw Problem(path, "the header has two __metadata__");
            else
                (metadata, hasMetadata) = (ReadMetadata(ref reader, path), true);
        }

        reader.Read(); // throws where anything but blanks follows
        CheckCoverage(tensors, dataLength, path);
        return new SafetensorsHeader(tensors, metadata, LengthBytes + json.Length);
    }

    private static Dictionary<string, string>? ReadMetadata(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Problem(path, "__metadata__ must be an object of texts");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            metadata[name] = reader.TokenType == JsonTokenType.String ? reader.GetString()!
                : throw Problem(path, $"__metadata__: '{EchoedText.Shorten(name)}' must be a text");
        }

        return metadata;
    }

    private static void CheckCoverage(Dictionary<string, SafetensorsEntry> tensors, long dataLength, string path)
    {
        var end = 0L;
        foreach (var (name, entry) in tensors.OrderBy(t => t.Value.Start).ThenBy(t => t.Value.Length))
        {
            var shown = EchoedText.Shorten(name);
            if (entry.Start != end)
                throw Problem(path, $"the bytes of '{shown}' must begin where those of the tensor before end, at {end}, and not at "
                    + $"{entry.Start}");
            if (CountBytes(entry) is not { } bytes)
                throw Problem(path, $"'{shown}' has a shape of more bytes than can be counted, or of no whole number of bytes");
            if (bytes != (ulong)entry.Length)
                throw Problem(path, $"the bytes of '{shown}' must be as many as its shape has, {bytes}, and not {entry.Length}");
            end += entry.Length;
        }

        if (end != dataLength)
            throw Problem(path, $"the header names {end} bytes of tensors, and {dataLength} follow it");
    }

    /// <summary>Null where it is no whole number of bytes, or too large a one; dimension by dimension, as the library counts.</summary>
    private static ulong? CountBytes(SafetensorsEntry entry)
    {
        try
        {
            var bits = checked(entry.Shape.Aggregate(1UL, (product, size) => checked(product * (ulong)size)) * _bits[entry.Type]);
            return bits % 8 == 0 ? bits / 8 : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    internal static bool IsType(string name) => _bits.ContainsKey(name);

    internal static InvalidDataException Problem(string path, string problem) => new($"{path}: {problem}");
}
