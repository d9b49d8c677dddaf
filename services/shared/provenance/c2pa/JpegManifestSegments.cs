using System.Buffers.Binary;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>
/// The manifest store of a JPEG: APP11 segments (ISO 19566-5, D.2), each with <c>JP</c>, the number of its box, its place in it, and the
/// box's length and type, which the segments after the first repeat.
/// </summary>
internal static class JpegManifestSegments
{
    private const int HeadLength = 8, BoxHeadLength = 8, LongBoxHeadLength = 16; // JP, instance, packet; length and type
    private const ushort Instance = 1;

    /// <returns>The store; null where there is none.</returns>
    /// <exception cref="ProvenanceFormatException">The segments of a store are not in order, or there are two stores.</exception>
    public static EmbeddedManifest? Find(byte[] jpeg)
    {
        var segments = JpegSegmentReader.Read(jpeg).Where(s => IsBox(jpeg, s)).ToList();
        var stores = segments.Where(s => PacketOf(jpeg, s) == 1 && IsStore(jpeg, s)).ToList();
        if (stores.Count == 0)
            return null;
        if (stores.Count > 1)
            throw new ProvenanceFormatException($"The JPEG has {stores.Count} manifest stores (APP11); it may have one.");
        var instance = InstanceOf(jpeg, stores[0]);
        var parts = segments.Where(s => InstanceOf(jpeg, s) == instance).ToList();
        using var store = new MemoryStream();
        for (var i = 0; i < parts.Count; i++)
        {
            if (PacketOf(jpeg, parts[i]) != i + 1
                || (i > 0 && parts[i].Start != parts[i - 1].End))
                throw new ProvenanceFormatException("The segments of the JPEG's manifest store (APP11) do not lie one behind the other.");
            var skipped = HeadLength + (i == 0 ? 0 : BoxHead(jpeg, parts[i]));
            if (parts[i].PayloadLength < skipped)
                throw new ProvenanceFormatException("A segment of the JPEG's manifest store (APP11) is too short.");
            store.Write(jpeg.AsSpan((parts[i].PayloadStart + skipped)..parts[i].End));
        }

        return new EmbeddedManifest(store.ToArray(), parts[0].Start, parts[^1].End - parts[0].Start);
    }

    public static byte[] Remove(byte[] jpeg) =>
        Find(jpeg) is { } found ? [.. jpeg[..(int)found.Start], .. jpeg[(int)(found.Start + found.Length)..]] : jpeg;

    /// <summary>Puts a store behind the start of the image; the JPEG has none.</summary>
    public static byte[] Insert(byte[] jpeg, byte[] store)
    {
        using var result = new MemoryStream();
        result.Write(jpeg.AsSpan(0, JpegSegmentReader.HeadStart));
        Span<byte> head = stackalloc byte[4 + HeadLength];
        var at = 0;
        for (var packet = 1; at < store.Length; packet++)
        {
            var repeated = packet == 1 ? 0 : BoxHeadLength;
            var length = Math.Min(store.Length - at, JpegSegmentReader.MaxPayload - HeadLength - repeated);
            head[0] = 0xFF;
            head[1] = JpegSegment.App11;
            BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)(2 + HeadLength + repeated + length));
            "JP"u8.CopyTo(head[4..]);
            BinaryPrimitives.WriteUInt16BigEndian(head[6..], Instance);
            BinaryPrimitives.WriteUInt32BigEndian(head[8..], (uint)packet);
            result.Write(head);
            result.Write(store.AsSpan(0, repeated));
            result.Write(store.AsSpan(at, length));
            at += length;
        }

        result.Write(jpeg.AsSpan(JpegSegmentReader.HeadStart));
        return result.ToArray();
    }

    /// <summary>The range that a store will take.</summary>
    public static (long Start, long Length) Measure(int storeLength)
    {
        const int First = JpegSegmentReader.MaxPayload - HeadLength, Next = First - BoxHeadLength;
        var segments = storeLength <= First ? 1 : 1 + ((storeLength - First + Next - 1) / Next);
        return (JpegSegmentReader.HeadStart, storeLength + (segments * (4 + HeadLength)) + ((segments - 1) * BoxHeadLength));
    }

    private static bool IsBox(byte[] jpeg, JpegSegment segment) => segment.Marker == JpegSegment.App11
        && segment.PayloadLength >= HeadLength + BoxHeadLength && jpeg.AsSpan(segment.PayloadStart, 2).SequenceEqual("JP"u8);

    private static ushort InstanceOf(byte[] jpeg, JpegSegment segment) =>
        BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(segment.PayloadStart + 2));

    private static uint PacketOf(byte[] jpeg, JpegSegment segment) =>
        BinaryPrimitives.ReadUInt32BigEndian(jpeg.AsSpan(segment.PayloadStart + 4));

    /// <summary>Bytes of the box's head: a length of 1 says that a longer one follows the type.</summary>
    private static int BoxHead(byte[] jpeg, JpegSegment segment) =>
        BinaryPrimitives.ReadUInt32BigEndian(jpeg.AsSpan(segment.PayloadStart + HeadLength)) == 1 ? LongBoxHeadLength : BoxHeadLength;

    /// <summary>Whether the box is a superbox whose description says C2PA; other boxes of JUMBF may lie beside it.</summary>
    private static bool IsStore(byte[] jpeg, JpegSegment segment)
    {
        var box = jpeg.AsSpan((segment.PayloadStart + HeadLength)..segment.End);
        var description = BoxHead(jpeg, segment) + BoxHeadLength;
        return box[4..8].SequenceEqual("jumb"u8) && box.Length >= description + 4 && box.Slice(description, 4).SequenceEqual("c2pa"u8);
    }
}
