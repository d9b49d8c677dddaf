using System.Buffers.Binary;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Provenance.Xmp;

/// <summary>The XMP packet of a JPEG: an APP1 segment that begins with Adobe's address.</summary>
internal static class JpegXmpSegment
{
    private static ReadOnlySpan<byte> Signature => "http://ns.adobe.com/xap/1.0/\0"u8;

    /// <returns>The first packet; null where there is none.</returns>
    public static byte[]? Find(ReadOnlySpan<byte> jpeg)
    {
        foreach (var segment in JpegSegmentReader.Read(jpeg))
        {
            if (IsPacket(jpeg, segment))
                return jpeg[(segment.PayloadStart + Signature.Length)..segment.End].ToArray();
        }

        return null;
    }

    /// <summary>The same JPEG with this packet behind its JFIF segment, or first where it has none, and no other packet.</summary>
    /// <exception cref="ProvenanceFormatException">The packet is longer than a segment.</exception>
    public static byte[] Replace(ReadOnlySpan<byte> jpeg, byte[] packet)
    {
        var length = Signature.Length + packet.Length;
        if (length > JpegSegmentReader.MaxPayload)
            throw new ProvenanceFormatException($"The XMP packet has {packet.Length} bytes, which is more than a segment of a JPEG holds.");
        var segments = JpegSegmentReader.Read(jpeg);
        var at = segments.Count > 0 && segments[0].Marker == JpegSegment.App0 ? segments[0].End : JpegSegmentReader.HeadStart;
        using var result = new MemoryStream();
        result.Write(jpeg[..at]);
        Span<byte> head = [0xFF, JpegSegment.App1, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)(length + 2));
        result.Write(head);
        result.Write(Signature);
        result.Write(packet);
        foreach (var segment in segments)
        {
            if (segment.Start >= at && !IsPacket(jpeg, segment))
                result.Write(jpeg[segment.Start..segment.End]);
        }

        result.Write(jpeg[(segments.Count > 0 ? segments[^1].End : at)..]);
        return result.ToArray();
    }

    private static bool IsPacket(ReadOnlySpan<byte> jpeg, JpegSegment segment) =>
        segment.Marker == JpegSegment.App1 && jpeg[segment.PayloadStart..segment.End].StartsWith(Signature);
}
