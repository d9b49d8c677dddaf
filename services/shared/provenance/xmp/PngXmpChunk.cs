using System.IO.Compression;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Provenance.Xmp;

/// <summary>The XMP packet of a PNG: an <c>iTXt</c> chunk of keyword <c>XML:com.adobe.xmp</c>, plain or packed with zlib.</summary>
internal static class PngXmpChunk
{
    private static ReadOnlySpan<byte> Keyword => "XML:com.adobe.xmp\0"u8;

    /// <returns>The first packet; null where there is none.</returns>
    /// <exception cref="ProvenanceFormatException">The chunk is broken, or unpacks to more than a packet may have.</exception>
    public static byte[]? Find(ReadOnlySpan<byte> png)
    {
        foreach (var chunk in PngChunkReader.Read(png))
        {
            if (IsPacket(png, chunk))
                return ReadText(png.Slice(chunk.DataStart, chunk.DataLength)[Keyword.Length..]);
        }

        return null;
    }

    /// <summary>The same PNG with this packet right behind IHDR, and no other packet.</summary>
    public static byte[] Replace(byte[] png, byte[] packet)
    {
        byte[] data = [.. Keyword, 0, 0, 0, 0, .. packet]; // not packed; method 0; empty language and translated keyword
        return PngChunkWriter.Insert(png, "iTXt"u8, data, chunk => IsPacket(png, chunk));
    }

    private static bool IsPacket(ReadOnlySpan<byte> png, PngChunk chunk) =>
        chunk.Type == "iTXt" && png.Slice(chunk.DataStart, chunk.DataLength).StartsWith(Keyword);

    private static byte[] ReadText(ReadOnlySpan<byte> data)
    {
        var isPacked = data.Length > 1 ? data[0] : throw Broken();
        if (isPacked > 1 || (isPacked == 1 && data[1] != 0))
            throw Broken();
        var rest = data[2..];
        for (var text = 0; text < 2; text++) // language, translated keyword
        {
            var end = rest.IndexOf((byte)0);
            rest = end < 0 ? throw Broken() : rest[(end + 1)..];
        }

        return isPacked == 0 ? rest.ToArray() : Unpack(rest.ToArray());
    }

    private static byte[] Unpack(byte[] packed)
    {
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            var packet = new byte[XmpPacketReader.MaxBytes + 1]; // one more, so that a larger one is seen to be
            var length = zlib.ReadAtLeast(packet, packet.Length, throwOnEndOfStream: false);
            return packet[..length];
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            // An inflater that is asked for a preset dictionary throws an IOException of its own.
            throw new ProvenanceFormatException("The packed XMP chunk of the PNG can't be unpacked.", error);
        }
    }

    private static ProvenanceFormatException Broken() => new("The XMP chunk (iTXt) of the PNG is broken.");
}
