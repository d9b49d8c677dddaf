using System.Buffers.Binary;

namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>
/// Walks the footer of a Parquet file, a structure in Thrift's compact protocol, before the library reads it: on some bytes that are none
/// the library goes on for ever.
/// </summary>
internal static class ParquetFooterCheck
{
    private const int MaxDepth = 32, TrailerSize = 8, MaxVarintBytes = 10;

    /// <exception cref="InvalidDataException">The footer is no whole structure of the length that the file says.</exception>
    public static void Check(FileStream file)
    {
        Span<byte> trailer = stackalloc byte[TrailerSize];
        if (file.Length < TrailerSize)
            throw new InvalidDataException("cannot be read as Parquet");
        file.Seek(-TrailerSize, SeekOrigin.End);
        file.ReadExactly(trailer);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (length > file.Length - TrailerSize)
            throw new InvalidDataException("cannot be read as Parquet");
        var footer = new byte[length];
        file.Seek(-TrailerSize - (long)length, SeekOrigin.End);
        file.ReadExactly(footer);
        file.Seek(0, SeekOrigin.Begin);
        var at = 0;
        if (!TrySkipStruct(footer, ref at, MaxDepth) || at != footer.Length)
            throw new InvalidDataException("cannot be read as Parquet");
    }

    private static bool TrySkipStruct(ReadOnlySpan<byte> bytes, ref int at, int depth)
    {
        while (at < bytes.Length)
        {
            var head = bytes[at++];
            if (head == 0)
                return true;
            if (head >> 4 == 0 && !TryReadVarint(bytes, ref at, out _)) // the number of the field in full
                return false;
            if ((head & 0xF) > 2 && !TrySkip(bytes, ref at, head & 0xF, depth)) // 1 and 2 are flags, and hold their value themselves
                return false;
        }

        return false;
    }

    private static bool TrySkip(ReadOnlySpan<byte> bytes, ref int at, int type, int depth) => type switch
    {
        1 or 2 or 3 => TryAdvance(bytes, ref at, 1),
        4 or 5 or 6 => TryReadVarint(bytes, ref at, out _),
        7 => TryAdvance(bytes, ref at, sizeof(double)),
        8 => TryReadVarint(bytes, ref at, out var length) && TryAdvance(bytes, ref at, length),
        9 or 10 => depth > 0 && TrySkipList(bytes, ref at, depth - 1),
        12 => depth > 0 && TrySkipStruct(bytes, ref at, depth - 1),
        _ => false, // Parquet has no maps
    };

    private static bool TrySkipList(ReadOnlySpan<byte> bytes, ref int at, int depth)
    {
        if (at >= bytes.Length)
            return false;
        var head = bytes[at++];
        var count = (ulong)(head >> 4);
        if (count == 15 && !TryReadVarint(bytes, ref at, out count))
            return false;
        if (count > (ulong)(bytes.Length - at)) // each item takes a byte at least
            return false;
        for (var i = 0UL; i < count; i++)
        {
            if (!TrySkip(bytes, ref at, head & 0xF, depth))
                return false;
        }

        return true;
    }

    private static bool TryAdvance(ReadOnlySpan<byte> bytes, ref int at, ulong count)
    {
        if (count > (ulong)(bytes.Length - at))
            return false;
        at += (int)count;
        return true;
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (var i = 0; i < MaxVarintBytes && at < bytes.Length; i++)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
                return true;
        }

        return false;
    }
}
