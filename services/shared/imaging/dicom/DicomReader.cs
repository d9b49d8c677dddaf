using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>
/// Reads the elements of a DICOM file (PS3.5, PS3.10): implicit and explicit, little and big endian, deflated; with or without preamble and
/// meta group. Only sequences of look-up tables are kept; the others are stepped over.
/// </summary>
internal sealed class DicomReader
{
    private const int Preamble = 128, MaxDepth = 32, MaxElements = 200_000, MaxInflatedBytes = 256 << 20;
    private const uint Undefined = 0xFFFF_FFFF;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly bool _isExplicit;
    private readonly bool _isBigEndian;
    private int _elements;

    private DicomReader(ReadOnlyMemory<byte> bytes, bool isExplicit, bool isBigEndian) =>
        (_bytes, _isExplicit, _isBigEndian) = (bytes, isExplicit, isBigEndian);

    private ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>Reads a file.</summary>
    /// <returns>Its elements, and the UID of its transfer syntax; implicit or explicit little-endian where it names none.</returns>
    /// <exception cref="DicomFormatException">No DICOM file, or a broken one.</exception>
    public static (DicomDataset Elements, string Syntax) Read(byte[] bytes)
    {
        var (reader, elements, content, syntax) = Open(bytes);
        for (var next = 0; next + 8 <= content && !elements.TryGet(DicomTags.PixelData, out _);)
            reader.ReadElement(elements, ref next, content, 0);
        return (elements, syntax);
    }

    /// <summary>Reads the elements up to a tag; what is behind it may be missing.</summary>
    /// <exception cref="DicomFormatException">No DICOM file, or one that is broken or ends before that tag.</exception>
    public static DicomDataset ReadUpTo(byte[] bytes, uint last)
    {
        var (reader, elements, content, _) = Open(bytes);
        for (var next = 0; next + 8 <= content && reader.PeekTag(next) <= last;)
            reader.ReadElement(elements, ref next, content, 0);
        return elements;
    }

    /// <summary>Reads the meta group, which says how the rest is to be read.</summary>
    private static (DicomReader Reader, DicomDataset Elements, int Length, string Syntax) Open(byte[] bytes)
    {
        var at = FindStart(bytes);
        var meta = new DicomDataset(bytes, isBigEndian: false);
        var metaReader = new DicomReader(bytes, isExplicit: true, isBigEndian: false);
        while (at + 8 <= bytes.Length && BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at)) == 2)
            metaReader.ReadElement(meta, ref at, bytes.Length, 0);
        var syntax = meta.FindText(DicomTags.TransferSyntax);
        if (syntax.Length == 0)
            syntax = LooksExplicit(bytes.AsSpan(at)) ? TransferSyntaxes.ExplicitLittle : TransferSyntaxes.ImplicitLittle;
        var content = new ReadOnlyMemory<byte>(bytes)[at..];
        if (syntax == TransferSyntaxes.Deflated)
            content = Inflate(content);
        var reader = new DicomReader(content, syntax != TransferSyntaxes.ImplicitLittle, syntax == TransferSyntaxes.ExplicitBig);
        return (reader, new DicomDataset(content, reader._isBigEndian), content.Length, syntax);
    }

    /// <summary>Behind the preamble; without one, the first byte, where an element of the first groups begins there.</summary>
    private static int FindStart(byte[] bytes)
    {
        if (bytes.Length >= Preamble + 4 && bytes.AsSpan(Preamble, 4).SequenceEqual("DICM"u8))
            return Preamble + 4;
        var isBare = bytes.Length >= 8 && BinaryPrimitives.ReadUInt16LittleEndian(bytes) is 2 or 8
            && (LooksExplicit(bytes) || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) < 256);
        return isBare ? 0 : throw new DicomFormatException("This is no DICOM file: its preamble is missing.");
    }

    private static bool LooksExplicit(ReadOnlySpan<byte> element) =>
        element.Length >= 6 && element[4] is >= (byte)'A' and <= (byte)'Z' && element[5] is >= (byte)'A' and <= (byte)'Z';

    private static byte[] Inflate(ReadOnlyMemory<byte> bytes)
    {
        using var inflated = new MemoryStream();
        using var deflate = new DeflateStream(new MemoryStream(bytes.ToArray()), CompressionMode.Decompress);
        var block = new byte[1 << 16];
        try
        {
            for (int read; (read = deflate.Read(block)) > 0;)
            {
                if (inflated.Length + read > MaxInflatedBytes)
                    throw new DicomFormatException($"The file inflates to more than {MaxInflatedBytes} bytes.");
                inflated.Write(block, 0, read);
            }
        }
        catch (InvalidDataException)
        {
            throw new DicomFormatException("The deflated part of the file is broken.");
        }

        return inflated.ToArray();
    }

    private void ReadElement(DicomDataset into, ref int at, int end, int depth)
    {
        var (tag, vr, length) = ReadHead(ref at, end);
        if (tag == DicomTags.PixelData)
        {
            var isEncapsulated = length == Undefined;
            var rest = end - at;
            if (!isEncapsulated && length > (uint)rest)
                throw new DicomFormatException(tag, $"says it has {length} bytes; the file ends after {rest}");
            into.Add(tag, new DicomElement(vr, at, isEncapsulated ? rest : (int)length, isEncapsulated));
            at += isEncapsulated ? rest : (int)length;
            return;
        }

        var isRead = tag is DicomTags.ModalityLut or DicomTags.VoiLut;
        if (length == Undefined || (isRead && vr is "SQ" or ""))
        {
            var sequenceEnd = length == Undefined ? end : Limit(tag, at, length, end);
            var start = at;
            // a sequence of unknown representation is always implicit little-endian inside (PS3.5, 6.2.2)
            var reader = vr == "UN" && _isExplicit ? new DicomReader(_bytes, isExplicit: false, isBigEndian: false) : this;
            var first = reader.ReadItems(ref at, sequenceEnd, length == Undefined, depth + 1);
            if (length != Undefined)
                at = sequenceEnd;
            into.Add(tag, new DicomElement(vr, start, 0, First: isRead ? first : null));
            return;
        }

        var valueEnd = Limit(tag, at, length, end);
        into.Add(tag, new DicomElement(vr, at, (int)length));
        at = valueEnd;
    }

    private uint PeekTag(int at) => ((uint)ReadShort(at) << 16) | ReadShort(at + 2);

    private static int Limit(uint tag, int at, uint length, int end) => length <= (uint)(end - at) ? at + (int)length
        : throw new DicomFormatException(tag, $"says it has {length} bytes; {end - at} are left. The file is truncated: it ends before "
            + $"{DicomTags.Describe(DicomTags.PixelData)}");

    private (uint Tag, string Vr, uint Length) ReadHead(ref int at, int end)
    {
        if (++_elements > MaxElements)
            throw new DicomFormatException($"The file has more than {MaxElements} elements.");
        if (at + 8 > end)
            throw new DicomFormatException("The file is truncated: it ends inside an element.");
        var tag = PeekTag(at);
        if (!_isExplicit || tag is DicomTags.Item or DicomTags.ItemEnd or DicomTags.SequenceEnd)
        {
            at += 8;
            return (tag, "", ReadInt(at - 4));
        }

        var vr = Encoding.ASCII.GetString(Bytes.Slice(at + 4, 2));
        if (vr is not ("OB" or "OW" or "OF" or "OD" or "OL" or "OV" or "SQ" or "SV" or "UC" or "UN" or "UR" or "UT" or "UV"))
        {
            at += 8;
            return (tag, vr, ReadShort(at - 2));
        }

        if (at + 12 > end)
            throw new DicomFormatException("The file is truncated: it ends inside an element.");
        at += 12;
        return (tag, vr, ReadInt(at - 4));
    }

    /// <summary>Steps over the items of a sequence.</summary>
    /// <returns>The first one's elements; null where there is none.</returns>
    private DicomDataset? ReadItems(ref int at, int end, bool isOpen, int depth)
    {
        if (depth > MaxDepth)
            throw new DicomFormatException($"The file has sequences inside one another, more than {MaxDepth} deep.");
        DicomDataset? first = null;
        while (at + 8 <= end)
        {
            var (tag, _, length) = ReadHead(ref at, end);
            if (tag == DicomTags.SequenceEnd)
                return first;
            if (tag != DicomTags.Item)
                throw new DicomFormatException($"A sequence holds {DicomTags.Describe(tag)} where an item must begin.");
            var item = new DicomDataset(_bytes, _isBigEndian);
            var itemEnd = length == Undefined ? end : Limit(tag, at, length, end);
            while (length == Undefined || at < itemEnd)
            {
                if (length == Undefined && at + 8 <= end && PeekTag(at) == DicomTags.ItemEnd)
                {
                    at += 8;
                    break;
                }

                ReadElement(item, ref at, itemEnd, depth);
            }

            first ??= item;
        }

        return isOpen ? throw new DicomFormatException("The file is truncated: it ends inside a sequence.") : first;
    }

    private ushort ReadShort(int at) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(Bytes[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(Bytes[at..]);

    private uint ReadInt(int at) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(Bytes[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(Bytes[at..]);
}
