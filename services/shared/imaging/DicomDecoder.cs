using System.Buffers.Binary;
using System.Text;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Imaging;

/// <summary>
/// Reads what public radiograph sets hold: DICOM files of one 8-bit gray frame, plain or JPEG baseline, explicit little-endian.
/// MONOCHROME1, whose 0 is white, is turned. Anything else is an error that names what it is.
/// </summary>
public static class DicomDecoder
{
    private const int Preamble = 128;
    private const uint TransferSyntax = 0x0002_0010, Photometric = 0x0028_0004, Samples = 0x0028_0002, Rows = 0x0028_0010,
        Columns = 0x0028_0011, Bits = 0x0028_0100, PixelData = 0x7FE0_0010;
    private const uint Item = 0xFFFE_E000, Undefined = 0xFFFF_FFFF;
    private const string Explicit = "1.2.840.10008.1.2.1", JpegBaseline = "1.2.840.10008.1.2.4.50";

    /// <exception cref="MeshException">INVALID_FIELD: not a DICOM file, or one of a kind that is not read.</exception>
    public static GrayImage DecodeGray(ReadOnlySpan<byte> bytes, string field)
    {
        if (bytes.Length < Preamble + 4 || !bytes.Slice(Preamble, 4).SequenceEqual("DICM"u8))
            throw MeshException.Invalid(field, "The file must be a DICOM file: its preamble is missing.");
        var elements = Read(bytes, field);
        var syntax = Text(elements, TransferSyntax, bytes);
        if (Number(elements, Samples, bytes) is var samples and not 1)
            throw MeshException.Invalid(field, $"The image must have 1 sample a pixel, not {samples}.");
        if (Number(elements, Bits, bytes) is var bits and not 8)
            throw MeshException.Invalid(field, $"The image must have 8 bits a pixel, not {bits}.");
        if (!elements.TryGetValue(PixelData, out var pixels))
            throw MeshException.Invalid(field, "The file holds no image.");
        var image = syntax switch
        {
            JpegBaseline => ImageCodec.DecodeGray(JoinFirstFrame(bytes[pixels.Start..], field), field),
            Explicit => ReadUncompressed(bytes.Slice(pixels.Start, pixels.Length), Number(elements, Columns, bytes),
                Number(elements, Rows, bytes), field),
            _ => throw MeshException.Invalid(field, $"The transfer syntax must be {Explicit} or {JpegBaseline}."),
        };
        return Text(elements, Photometric, bytes) switch
        {
            "MONOCHROME2" => image,
            "MONOCHROME1" => new GrayImage(image.Width, image.Height, [.. image.Pixels.Select(p => (byte)(255 - p))]),
            _ => throw MeshException.Invalid(field, "The photometric interpretation must be MONOCHROME1 or MONOCHROME2."),
        };
    }

    /// <summary>Where each element of the outermost level lies. Sequences of a known length are stepped over.</summary>
    private static Dictionary<uint, (int Start, int Length)> Read(ReadOnlySpan<byte> bytes, string field)
    {
        var elements = new Dictionary<uint, (int, int)>();
        for (var at = Preamble + 4; at + 8 <= bytes.Length;)
        {
            var tag = Tag(bytes[at..]);
            var isLong = Encoding.ASCII.GetString(bytes.Slice(at + 4, 2)) is "OB" or "OW" or "OF" or "OD" or "OL" or "SQ" or "UC" or "UN"
                or "UR" or "UT";
            if (isLong && at + 12 > bytes.Length)
                throw MeshException.Invalid(field, "The DICOM file is truncated.");
            var length = isLong ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 8)..])
                : BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 6)..]);
            var start = at + (isLong ? 12 : 8);
            if (tag == PixelData && length == Undefined)
            {
                elements[tag] = (start, bytes.Length - start);
                return elements;
            }

            if (length > bytes.Length - start)
                throw MeshException.Invalid(field,
                    length == Undefined
                        ? "The DICOM file holds a sequence without a stated length, which can't be read."
                        : "The DICOM file is truncated.");
            elements[tag] = (start, (int)length);
            at = start + (int)length;
        }

        return elements;
    }

    /// <summary>The first frame: the fragments after the offset table, put together.</summary>
    private static byte[] JoinFirstFrame(ReadOnlySpan<byte> bytes, string field)
    {
        var (frame, isTable) = (new List<byte>(), true);
        for (var at = 0; at + 8 <= bytes.Length && Tag(bytes[at..]) == Item; isTable = false)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            if (length > bytes.Length - at - 8)
                throw MeshException.Invalid(field, "The DICOM file is truncated.");
            if (!isTable)
                frame.AddRange(bytes.Slice(at + 8, (int)length));
            at += 8 + (int)length;
        }

        return [.. frame];
    }

    private static GrayImage ReadUncompressed(ReadOnlySpan<byte> bytes, int width, int height, string field)
    {
        if (width is < 1 or > ImageCodec.MaxSide || height is < 1 or > ImageCodec.MaxSide)
            throw MeshException.Invalid(field, $"Each side must have 1 to {ImageCodec.MaxSide} pixels, not {width} x {height}.");
        if (bytes.Length < width * height)
        {
            throw MeshException.Invalid(
                field, $"An image of {width} x {height} pixels needs {width * height} bytes; the file holds {bytes.Length}.");
        }

        return new GrayImage(width, height, bytes[..(width * height)].ToArray());
    }

    private static uint Tag(ReadOnlySpan<byte> bytes) =>
        ((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);

    private static string Text(Dictionary<uint, (int Start, int Length)> elements, uint tag, ReadOnlySpan<byte> bytes) =>
        elements.TryGetValue(tag, out var e) ? Encoding.ASCII.GetString(bytes.Slice(e.Start, e.Length)).TrimEnd('\0', ' ') : "";

    private static int Number(Dictionary<uint, (int Start, int Length)> elements, uint tag, ReadOnlySpan<byte> bytes) =>
        elements.TryGetValue(tag, out var e) && e.Length >= 2 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[e.Start..]) : 0;
}
