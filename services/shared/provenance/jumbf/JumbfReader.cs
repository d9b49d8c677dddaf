using System.Buffers.Binary;
using System.Text;

namespace SynCxr.Mesh.Provenance.Jumbf;

/// <summary>Reads the boxes of a JUMBF store. Depth and number are bounded; a length that does not fit is named by its place.</summary>
internal sealed class JumbfReader
{
    private const int MaxDepth = 16, MaxBoxes = 4096, HeadLength = 8, LongHeadLength = 16;
    private const int UuidLength = 16, HashLength = 32, IdLength = 4;
    private const byte HasLabel = 2, HasId = 4, HasHash = 8, HasPrivateBox = 16;
    private readonly ReadOnlyMemory<byte> _store;
    private int _boxes;

    private JumbfReader(ReadOnlyMemory<byte> store) => _store = store;

    /// <summary>
    /// Reads the one box that a store is. As other readers have it, its own length may be too large, and bytes may follow it: both lie in
    /// what holds the store, and a hash over the file finds them.
    /// </summary>
    /// <exception cref="ProvenanceFormatException">The boxes do not lie in one another, are too many, or too deep.</exception>
    public static JumbfBox Read(ReadOnlyMemory<byte> store)
    {
        var reader = new JumbfReader(store);
        var at = 0;
        return reader.ReadBox(ref at, store.Length, 0);
    }

    private JumbfBox ReadBox(ref int at, int end, int depth)
    {
        if (depth > MaxDepth)
            throw new ProvenanceFormatException($"JUMBF: boxes lie inside one another, more than {MaxDepth} deep.");
        if (++_boxes > MaxBoxes)
            throw new ProvenanceFormatException($"JUMBF: there are more than {MaxBoxes} boxes.");
        var start = at;
        var (type, head, length) = ReadHead(at, end, isOutermost: depth == 0);
        at += head;
        var boxEnd = start + length;
        var payload = _store[at..boxEnd];
        if (type != JumbfBox.Super)
        {
            at = boxEnd;
            return new JumbfBox(type, payload, "", "", []);
        }

        var (contentType, label) = ReadDescription(ref at, boxEnd);
        var children = new List<JumbfBox>();
        while (at < boxEnd)
            children.Add(ReadBox(ref at, boxEnd, depth + 1));
        return new JumbfBox(type, payload, contentType, label, children);
    }

    private (string Type, int Head, int Length) ReadHead(int at, int end, bool isOutermost = false)
    {
        var left = end - at;
        if (left < HeadLength)
            throw new ProvenanceFormatException($"JUMBF: at byte {at} a box is cut off, {left} bytes are left.");
        var bytes = _store.Span[at..];
        ulong length = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var type = Encoding.Latin1.GetString(bytes.Slice(4, 4));
        var head = HeadLength;
        if (length == 1)
        {
            head = LongHeadLength;
            length = left >= head ? BinaryPrimitives.ReadUInt64BigEndian(bytes[HeadLength..]) : 0;
        }

        if (isOutermost && length > (ulong)left)
            length = (ulong)left;
        return length >= (ulong)head && length <= (ulong)left ? (type, head, (int)length)
            : throw new ProvenanceFormatException($"JUMBF: at byte {at} a box says it has {length} bytes, {left} are left.");
    }

    private (string ContentType, string Label) ReadDescription(ref int at, int end)
    {
        var start = at;
        var (type, head, length) = ReadHead(at, end);
        at += length;
        var bytes = _store.Span[(start + head)..at];
        if (type != JumbfBox.Description || bytes.Length < UuidLength + 1)
            throw new ProvenanceFormatException($"JUMBF: at byte {start} a superbox does not begin with its description.");
        var isKnown = bytes[4..UuidLength].SequenceEqual(JumbfBox.UuidRest);
        var contentType = isKnown ? Encoding.Latin1.GetString(bytes[..4]) : "";
        var toggles = bytes[UuidLength];
        var rest = bytes[(UuidLength + 1)..];
        var labelEnd = (toggles & HasLabel) != 0 ? rest.IndexOf((byte)0) : -1;
        if ((toggles & HasLabel) != 0 && labelEnd < 0)
            throw new ProvenanceFormatException($"JUMBF: at byte {start} a description is cut off.");
        var read = labelEnd + 1 + ((toggles & HasId) != 0 ? IdLength : 0) + ((toggles & HasHash) != 0 ? HashLength : 0);
        if (rest.Length < read || (rest.Length > read && (toggles & HasPrivateBox) == 0))
            throw new ProvenanceFormatException($"JUMBF: at byte {start} a description is longer or shorter than what it says it has.");
        return (contentType, labelEnd < 0 ? "" : Encoding.UTF8.GetString(rest[..labelEnd]));
    }
}
