using System.Buffers.Binary;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>Joins the fragments of one frame of encapsulated pixel data (PS3.5, annex A.4).</summary>
internal static class PixelFragments
{
    /// <exception cref="DicomFormatException">The fragments break off, or it can't be told which belong to the frame.</exception>
    public static byte[] JoinFrame(ReadOnlySpan<byte> bytes, int frames, int frame)
    {
        var fragments = new List<(int Start, int Length)>();
        var at = 0;
        while (at + 8 <= bytes.Length && ReadTag(bytes[at..]) == DicomTags.Item)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            if (length > (uint)(bytes.Length - at - 8))
                throw new DicomFormatException(DicomTags.PixelData, "is truncated inside a fragment");
            fragments.Add((at + 8, (int)length));
            at += 8 + (int)length;
        }

        if (fragments.Count < 2)
            throw new DicomFormatException(DicomTags.PixelData, "has no fragment");
        var table = bytes.Slice(fragments[0].Start, fragments[0].Length);
        fragments.RemoveAt(0);
        var (first, end) = Find(fragments, table, frames, frame);
        var joined = new byte[fragments[first..end].Sum(f => (long)f.Length)];
        var written = 0;
        foreach (var (start, length) in fragments[first..end])
        {
            bytes.Slice(start, length).CopyTo(joined.AsSpan(written));
            written += length;
        }

        return joined;
    }

    private static (int First, int End) Find(List<(int Start, int Length)> fragments, ReadOnlySpan<byte> table, int frames, int frame)
    {
        if (frames == 1)
            return (0, fragments.Count);
        if (table.Length == 4 * frames)
        {
            var start = fragments[0].Start - 8;
            var offset = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 * frame)..]);
            var next = frame + 1 < frames ? BinaryPrimitives.ReadUInt32LittleEndian(table[(4 * (frame + 1))..]) : uint.MaxValue;
            var first = fragments.FindIndex(f => f.Start - 8 - start == offset);
            var end = fragments.FindIndex(f => f.Start - 8 - start == next);
            if (first >= 0 && (end > first || next == uint.MaxValue))
                return (first, end < 0 ? fragments.Count : end);
        }

        return fragments.Count == frames ? (frame, frame + 1)
            : throw new DicomFormatException(DicomTags.PixelData,
                $"has {fragments.Count} fragments for {frames} frames and no offsets that say which belong together");
    }

    private static uint ReadTag(ReadOnlySpan<byte> bytes) =>
        ((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
}
