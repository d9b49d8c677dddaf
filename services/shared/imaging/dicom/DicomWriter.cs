using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>
/// Writes the elements of a DICOM file in explicit little endian (PS3.5, 7.1; PS3.10), in the order of the calls, which must be that of the
/// tags. Texts are UTF-8.
/// </summary>
internal sealed class DicomWriter
{
    private const int Preamble = 128;
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Representations whose length takes four bytes, after two that are empty.</summary>
    private static bool HasLongLength(string vr) => vr is "OB" or "OW" or "SQ" or "UC" or "UN" or "UR" or "UT";

    /// <summary>A whole file: preamble, meta group, elements.</summary>
    /// <param name="meta">Elements of group 2 without its length.</param>
    public static byte[] CreateFile(DicomWriter meta, DicomWriter elements)
    {
        var head = new DicomWriter();
        head.AddBytes(0x0002_0000, "UL", BitConverter.GetBytes((uint)meta._bytes.WrittenCount));
        return [.. new byte[Preamble], .. "DICM"u8, .. head.ToArray(), .. meta.ToArray(), .. elements.ToArray()];
    }

    /// <summary>A text; several values are parted by a backslash. An empty one says that the value is not known.</summary>
    public DicomWriter AddText(uint tag, string vr, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        return AddBytes(tag, vr, bytes.Length % 2 == 0 ? bytes : [.. bytes, (byte)(vr == "UI" ? 0 : ' ')]);
    }

    /// <summary>An unsigned short (US).</summary>
    public DicomWriter AddNumber(uint tag, int value) => AddBytes(tag, "US", BitConverter.GetBytes((ushort)value));

    /// <summary>A sequence of items of explicit length.</summary>
    public DicomWriter AddSequence(uint tag, params ReadOnlySpan<DicomWriter> items)
    {
        using var content = new MemoryStream();
        Span<byte> head = stackalloc byte[8];
        foreach (var item in items)
        {
            WriteTag(head, DicomTags.Item);
            BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)item._bytes.WrittenCount);
            content.Write(head);
            content.Write(item._bytes.WrittenSpan);
        }

        return AddBytes(tag, "SQ", content.ToArray());
    }

    /// <param name="value">Of an even number of bytes.</param>
    public DicomWriter AddBytes(uint tag, string vr, ReadOnlySpan<byte> value)
    {
        Span<byte> head = stackalloc byte[12];
        WriteTag(head, tag);
        Encoding.ASCII.GetBytes(vr, head[4..]);
        head[6..].Clear();
        if (HasLongLength(vr))
            BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)value.Length);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(head[6..], checked((ushort)value.Length));
        _bytes.Write(HasLongLength(vr) ? head : head[..8]);
        _bytes.Write(value);
        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private static void WriteTag(Span<byte> head, uint tag)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)(tag >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(head[2..], (ushort)tag);
    }
}
