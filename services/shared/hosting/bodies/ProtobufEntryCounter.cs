using Google.Protobuf.Reflection;

namespace SynCxr.Mesh.Hosting.Bodies;

/// <summary>
/// Counts what a protobuf message would make objects of, without making any: messages within it, entries of lists, fields that the contract
/// lacks. Sixteen packed integers count as one. Bytes that are no message are left to the parser, which says what is wrong with them.
/// </summary>
internal static class ProtobufEntryCounter
{
    /// <summary>How deep protobuf's parser goes, too.</summary>
    private const int MaxDepth = 100;

    private const int PackedBytesPerEntry = 16;

    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        Length = 2,
        StartGroup = 3,
        EndGroup = 4,
        Fixed32 = 5,
    }

    /// <returns>True when there are more entries than the limit; it counts no further.</returns>
    public static bool IsOver(ReadOnlySpan<byte> message, MessageDescriptor? type, int limit)
    {
        long left = limit;
        Scan(message, type, 0, ref left);
        return left < 0;
    }

    private static void Scan(ReadOnlySpan<byte> bytes, MessageDescriptor? type, int depth, ref long left)
    {
        while (bytes.Length > 0 && left >= 0)
        {
            if (!TryReadVarint(ref bytes, out var tag))
                return;
            var field = type?.FindFieldByNumber((int)(tag >> 3));
            var makesObject = field is null or { IsRepeated: true };
            switch ((WireType)(tag & 7))
            {
                case WireType.Varint when TryReadVarint(ref bytes, out _):
                    left -= makesObject ? 1 : 0;
                    break;
                case WireType.Fixed64 when TrySkip(ref bytes, sizeof(ulong)):
                case WireType.Fixed32 when TrySkip(ref bytes, sizeof(uint)):
                    left -= makesObject ? 1 : 0;
                    break;
                case WireType.Length when TryReadVarint(ref bytes, out var length) && length <= (ulong)bytes.Length:
                    var content = bytes[..(int)length];
                    bytes = bytes[(int)length..];
                    if (field is { FieldType: FieldType.Message })
                    {
                        left--;
                        if (depth < MaxDepth)
                            Scan(content, field.MessageType, depth + 1, ref left);
                    }
                    else if (makesObject)
                        left -= 1 + (field is not null && IsPackedInteger(field.FieldType) ? content.Length / PackedBytesPerEntry : 0);
                    break;
                case WireType.StartGroup or WireType.EndGroup:
                    left--;
                    break;
                default:
                    return;
            }
        }
    }

    /// <summary>A list of these takes up to eight times the memory of its bytes; one of floats takes as much.</summary>
    private static bool IsPackedInteger(FieldType type) => type is not (FieldType.String or FieldType.Bytes or FieldType.Float
        or FieldType.Double or FieldType.Fixed32 or FieldType.Fixed64 or FieldType.SFixed32 or FieldType.SFixed64);

    private static bool TrySkip(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length < count)
            return false;
        bytes = bytes[count..];
        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < Math.Min(10, bytes.Length); i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] >= 0x80)
                continue;
            bytes = bytes[(i + 1)..];
            return true;
        }

        return false;
    }
}
