using System.Formats.Cbor;

namespace SynCxr.Mesh.Provenance.Cbor;

/// <summary>
/// Reads one item of CBOR (RFC 8949) as a tree: <see cref="CborMembers"/>, a list, text, bytes, a 64-bit integer, double, flag, null, or
/// <see cref="CborTaggedValue"/>. Depth and number of items are bounded.
/// </summary>
internal static class CborTreeReader
{
    private const int MaxDepth = 32, MaxItems = 20_000;

    /// <param name="part">What messages call it: "claim".</param>
    /// <exception cref="ProvenanceFormatException">Not one item of CBOR, a key twice, too deep, or too many items.</exception>
    public static object? Read(ReadOnlyMemory<byte> bytes, string part)
    {
        try
        {
            var reader = new CborReader(bytes, CborConformanceMode.Lax);
            var items = 0;
            var value = ReadValue(reader, part, 0, ref items);
            return reader.BytesRemaining == 0 ? value
                : throw new ProvenanceFormatException($"The {part} is broken: {reader.BytesRemaining} bytes follow its CBOR.");
        }
        catch (Exception error) when (error is CborContentException or InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new ProvenanceFormatException($"The {part} is not CBOR.", error);
        }
    }

    /// <summary>The same where the item must be a map.</summary>
    public static CborMembers ReadMap(ReadOnlyMemory<byte> bytes, string part) =>
        Read(bytes, part) as CborMembers ?? throw new ProvenanceFormatException($"The {part} is not a map of CBOR.");

    private static object? ReadValue(CborReader reader, string part, int depth, ref int items)
    {
        if (depth > MaxDepth)
            throw new ProvenanceFormatException($"The {part} has CBOR inside CBOR, more than {MaxDepth} deep.");
        if (++items > MaxItems)
            throw new ProvenanceFormatException($"The {part} has more than {MaxItems} items of CBOR.");
        switch (reader.PeekState())
        {
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                return reader.ReadInt64();
            case CborReaderState.ByteString or CborReaderState.StartIndefiniteLengthByteString:
                return reader.ReadByteString();
            case CborReaderState.TextString or CborReaderState.StartIndefiniteLengthTextString:
                return reader.ReadTextString();
            case CborReaderState.StartArray:
                return ReadList(reader, part, depth, ref items);
            case CborReaderState.StartMap:
                return ReadMembers(reader, part, depth, ref items);
            case CborReaderState.Tag:
                return new CborTaggedValue((ulong)reader.ReadTag(), ReadValue(reader, part, depth + 1, ref items));
            case CborReaderState.Boolean:
                return reader.ReadBoolean();
            case CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat:
                return reader.ReadDouble();
            case CborReaderState.Null:
                reader.ReadNull();
                return null;
            default:
                reader.SkipValue();
                return null;
        }
    }

    private static List<object?> ReadList(CborReader reader, string part, int depth, ref int items)
    {
        reader.ReadStartArray();
        var list = new List<object?>();
        while (reader.PeekState() != CborReaderState.EndArray)
            list.Add(ReadValue(reader, part, depth + 1, ref items));
        reader.ReadEndArray();
        return list;
    }

    private static CborMembers ReadMembers(CborReader reader, string part, int depth, ref int items)
    {
        reader.ReadStartMap();
        var members = new Dictionary<object, object?>();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            if (ReadValue(reader, part, depth + 1, ref items) is not { } key || key is not (string or long))
                throw new ProvenanceFormatException($"The {part} has a map of CBOR with a key that is neither text nor integer.");
            if (!members.TryAdd(key, ReadValue(reader, part, depth + 1, ref items)))
                throw new ProvenanceFormatException($"The {part} has a map of CBOR with a key that occurs twice.");
        }

        reader.ReadEndMap();
        return new CborMembers(members);
    }
}
