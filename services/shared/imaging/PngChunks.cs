using System.Buffers.Binary;
using System.Text;

namespace SynCxr.Mesh.Imaging;

/// <summary>Where a chunk lies in its PNG.</summary>
/// <param name="Type">Its four letters.</param>
/// <param name="Start">First byte, of the length.</param>
/// <param name="DataLength">Bytes of its data; length, type and CRC are twelve more.</param>
public readonly record struct PngChunk(string Type, int Start, int DataLength)
{
    /// <summary>First byte of the data.</summary>
    public int DataStart => Start + 8;

    /// <summary>First byte behind the chunk.</summary>
    public int End => Start + DataLength + 12;
}

/// <summary>Finds the chunks of a PNG without decoding any.</summary>
public static class PngChunkReader
{
    private const int MaxChunks = 65_536;

    /// <summary>Whether bytes begin as a PNG does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> file) => file.StartsWith(PngEncoder.Signature);

    /// <returns>The chunks from <c>IHDR</c> to <c>IEND</c>.</returns>
    /// <exception cref="ImageStructureException">No PNG, one that ends before IEND, or one of more than 65,536 chunks.</exception>
    public static IReadOnlyList<PngChunk> Read(ReadOnlySpan<byte> file)
    {
        if (!IsPng(file))
            throw new ImageStructureException("The file is no PNG: its first eight bytes are others.");
        var chunks = new List<PngChunk>();
        for (var at = PngEncoder.Signature.Length; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > (uint)(file.Length - at - 12))
                throw new ImageStructureException($"The PNG is truncated: its chunk {chunks.Count} ends behind the end of the file.");
            var chunk = new PngChunk(Encoding.Latin1.GetString(file.Slice(at + 4, 4)), at, (int)length);
            if (chunks.Count == 0 && chunk.Type != "IHDR")
                throw new ImageStructureException("The PNG is broken: it does not begin with the chunk IHDR.");
            chunks.Add(chunk);
            if (chunk.Type == "IEND")
                return chunks;
            if (chunks.Count >= MaxChunks)
                throw new ImageStructureException($"The PNG has more than {MaxChunks} chunks.");
            at = chunk.End;
        }

        throw new ImageStructureException("The PNG is truncated: it has no chunk IEND.");
    }
}

/// <summary>Writes chunks of a PNG.</summary>
public static class PngChunkWriter
{
    private static readonly uint[] _crcTable = CrcTable();

    /// <param name="type">Four letters.</param>
    public static void Write(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        file.Write(number);
    }

    /// <summary>The same PNG with a chunk right behind <c>IHDR</c>, and without some others.</summary>
    /// <param name="type">Four letters; empty for no new chunk.</param>
    /// <param name="isDropped">Whether a chunk of the file is left out.</param>
    /// <exception cref="ImageStructureException">The file is no whole PNG.</exception>
    public static byte[] Insert(ReadOnlySpan<byte> file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, Func<PngChunk, bool> isDropped)
    {
        var chunks = PngChunkReader.Read(file);
        using var result = new MemoryStream(file.Length + data.Length + 12);
        result.Write(file[..chunks[0].End]);
        if (type.Length > 0)
            Write(result, type, data);
        foreach (var chunk in chunks.Skip(1).Where(c => !isDropped(c)))
            result.Write(file[chunk.Start..chunk.End]);
        result.Write(file[chunks[^1].End..]);
        return result.ToArray();
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            crc = _crcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return crc;
    }

    private static uint[] CrcTable()
    {
        var table = new uint[256];
        for (var n = 0u; n < 256; n++)
        {
            var c = n;
            for (var k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[n] = c;
        }

        return table;
    }
}
