using System.Buffers.Binary;

namespace SynCxr.Mesh.Imaging;

/// <summary>Where a segment lies in the head of a JPEG.</summary>
/// <param name="Marker">Second byte of its marker: 0xE1 for APP1.</param>
/// <param name="Start">First byte, of the marker, or of a fill byte before it.</param>
/// <param name="PayloadStart">First byte behind the length.</param>
/// <param name="End">First byte behind the segment.</param>
public readonly record struct JpegSegment(byte Marker, int Start, int PayloadStart, int End)
{
    public const byte App0 = 0xE0, App1 = 0xE1, App11 = 0xEB;

    public int PayloadLength => End - PayloadStart;
}

/// <summary>Finds and writes the segments before the first scan of a JPEG, without decoding any.</summary>
public static class JpegSegmentReader
{
    /// <summary>Most bytes of a segment's payload: its length is 16 bits and counts itself.</summary>
    public const int MaxPayload = ushort.MaxValue - 2;

    /// <summary>First byte behind the marker that starts a JPEG.</summary>
    public const int HeadStart = 2;

    private const byte StartOfScan = 0xDA, EndOfImage = 0xD9;

    /// <summary>Whether bytes begin as a JPEG does.</summary>
    public static bool IsJpeg(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <returns>The segments from the start of the image to its first scan, which is not among them.</returns>
    /// <exception cref="ImageStructureException">No JPEG, or one that ends before its first scan.</exception>
    public static IReadOnlyList<JpegSegment> Read(ReadOnlySpan<byte> file)
    {
        if (!IsJpeg(file))
            throw new ImageStructureException("The file is no JPEG: its first three bytes are others.");
        var segments = new List<JpegSegment>();
        for (var at = HeadStart; at + 4 <= file.Length;)
        {
            var start = at;
            if (file[at] != 0xFF)
                throw new ImageStructureException($"The JPEG is broken: at byte {at} there is no marker where one must be.");
            while (at + 4 < file.Length && file[at + 1] == 0xFF)
                at++; // fill bytes
            var marker = file[at + 1];
            if (marker == StartOfScan)
                return segments;
            if (marker is EndOfImage or 0xFF or 0)
                break;
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length)
                throw new ImageStructureException($"The JPEG is truncated: its segment {segments.Count} ends behind the end of the file.");
            segments.Add(new JpegSegment(marker, start, at + 4, at + 2 + length));
            at += 2 + length;
        }

        throw new ImageStructureException("The JPEG is truncated: it ends before its first scan.");
    }
}
