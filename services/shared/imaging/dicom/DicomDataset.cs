using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>Where the value of an element lies, and what it is.</summary>
/// <param name="Vr">Value representation as two letters; empty where the file does not say it.</param>
/// <param name="Start">First byte of the value.</param>
/// <param name="Length">Bytes of the value; of encapsulated pixel data, all up to the end of the file.</param>
/// <param name="IsEncapsulated">Pixel data in fragments.</param>
/// <param name="First">First item of a sequence that is read.</param>
internal sealed record DicomElement(string Vr, int Start, int Length, bool IsEncapsulated = false, DicomDataset? First = null);

/// <summary>The elements of a file, or of an item, by tag.</summary>
/// <param name="bytes">The bytes that the elements lie in.</param>
/// <param name="isBigEndian">Byte order of numbers.</param>
internal sealed class DicomDataset(ReadOnlyMemory<byte> bytes, bool isBigEndian)
{
    private readonly Dictionary<uint, DicomElement> _elements = [];

    public bool IsBigEndian => isBigEndian;

    public void Add(uint tag, DicomElement element) => _elements.TryAdd(tag, element);

    public bool TryGet(uint tag, out DicomElement element) => _elements.TryGetValue(tag, out element!);

    public ReadOnlySpan<byte> ValueOf(DicomElement element) => bytes.Span.Slice(element.Start, element.Length);

    /// <summary>An unsigned short; null where the element is absent or empty.</summary>
    public int? FindNumber(uint tag) => TryGet(tag, out var e) && e.Length >= 2 ? ReadNumber(ValueOf(e)) : null;

    /// <exception cref="DicomFormatException">The element is absent or empty.</exception>
    public int GetNumber(uint tag) => FindNumber(tag) ?? throw new DicomFormatException(tag, "is missing");

    public int ReadNumber(ReadOnlySpan<byte> value) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value);

    /// <summary>A text without its padding; empty where the element is absent.</summary>
    public string FindText(uint tag) => TryGet(tag, out var e) ? Encoding.ASCII.GetString(ValueOf(e)).Trim('\0', ' ') : "";

    /// <summary>The first of the numbers that a text holds; null where the element is absent or empty.</summary>
    /// <exception cref="DicomFormatException">It is no number.</exception>
    public double? FindDecimal(uint tag)
    {
        var text = FindText(tag).Split('\\')[0].Trim();
        if (text.Length == 0)
            return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number : throw new DicomFormatException(tag, "is no number");
    }
}
