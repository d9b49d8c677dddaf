using System.Buffers.Binary;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Imaging;

/// <summary>What an image file says of itself, read before anything is decoded: a bomb is refused here.</summary>
/// <param name="MediaType">image/png or image/jpeg.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="IsGray">One sample a pixel, beside alpha.</param>
/// <param name="IsDeep">16 bits a sample.</param>
internal sealed record ImageHeader(string MediaType, int Width, int Height, bool IsGray, bool IsDeep)
{
    /// <exception cref="MeshException">INVALID_FIELD: neither PNG nor JPEG, truncated, or of a kind that is not taken.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> bytes, string field)
    {
        if (bytes.Length == 0)
            throw MeshException.Invalid(field, "is empty");
        if (bytes.StartsWith(PngEncoder.Signature))
            return ReadPng(bytes, field);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return ReadJpeg(bytes, field);
        throw MeshException.Invalid(field, "is neither PNG nor JPEG");
    }

    private static ImageHeader ReadPng(ReadOnlySpan<byte> bytes, string field)
    {
        if (bytes.Length < 33 || !bytes.Slice(12, 4).SequenceEqual("IHDR"u8))
            throw Truncated(field, "PNG");
        var width = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
        var height = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]);
        var isGray = bytes[25] is 0 or 4; // 4: gray with alpha
        var header = new ImageHeader("image/png", Clamp(width), Clamp(height), isGray, IsDeep: bytes[24] == 16);
        for (var at = PngEncoder.Signature.Length; at + 12 <= bytes.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            if (bytes.Slice(at + 4, 4).SequenceEqual("IEND"u8))
                return header;
            if (length > bytes.Length)
                break;
            at += (int)length + 12;
        }

        throw Truncated(field, "PNG");
    }

    private static ImageHeader ReadJpeg(ReadOnlySpan<byte> bytes, string field)
    {
        for (var at = 2; at + 4 <= bytes.Length;)
        {
            if (bytes[at] != 0xFF)
                throw MeshException.Invalid(field, "is a broken JPEG: no marker where one must be");
            var marker = bytes[at + 1];
            if (marker == 0xFF)
            {
                at++; // fill byte
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            var isFrame = marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
            if (isFrame && at + 10 <= bytes.Length)
                return ReadFrame(bytes, at + 4, field);
            at += 2 + length;
        }

        throw Truncated(field, "JPEG");
    }

    private static ImageHeader ReadFrame(ReadOnlySpan<byte> bytes, int at, string field)
    {
        if (bytes[at] != 8)
            throw MeshException.Invalid(field, $"is a {bytes[at]}-bit JPEG; 8 bits are taken");
        if (bytes[at + 5] is not (1 or 3))
            throw MeshException.Invalid(field,
                bytes[at + 5] == 4 ? "is a CMYK JPEG; gray and RGB are taken"
                    : $"is a JPEG of {bytes[at + 5]} components; 1 or 3 are taken");
        // Decoders paint what is missing in gray, so the end marker is asked for here.
        if (bytes[at..].LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0)
            throw Truncated(field, "JPEG");
        return new ImageHeader("image/jpeg", BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 3)..]),
            BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 1)..]), IsGray: bytes[at + 5] == 1, IsDeep: false);
    }

    private static int Clamp(uint side) => (int)Math.Min(side, int.MaxValue);

    private static MeshException Truncated(string field, string format) => MeshException.Invalid(field, $"is a truncated {format}");
}
