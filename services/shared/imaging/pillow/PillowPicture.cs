using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Imaging.Pillow;

/// <summary>
/// A picture as Pillow opens it and <c>convert("RGB")</c> makes it. Gray of 16 bits saturates at 255 instead of being scaled, a palette
/// picture goes through its palette, alpha is dropped, EXIF orientation is ignored. Everywhere else 16 bits are windowed
/// (<see cref="DeepPngDecoder"/>): this is for encoders whose weights know these pixels.
/// </summary>
/// <param name="Mode">Pillow's name of what is stored: <c>1</c>, <c>L</c>, <c>LA</c>, <c>I;16</c>, <c>P</c>, <c>RGB</c>,
/// <c>RGBA</c>.</param>
/// <param name="Rgb">Three channels.</param>
public sealed record PillowPicture(string Mode, RasterImage Rgb)
{
    public const string RgbMode = "RGB";

    private const int DepthAt = 24, ColourTypeAt = 25; // in a PNG's header
    private static readonly string[] _pngModes = ["L", "", RgbMode, "P", "LA", "", "RGBA"]; // by colour type

    /// <summary>Opens a PNG or JPEG; <paramref name="field"/> is its path in the request.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: empty, too large, truncated, no image, or CMYK.</exception>
    public static PillowPicture Open(ReadOnlySpan<byte> bytes, string field)
    {
        var header = ImageCodec.ReadHeader(bytes, field);
        var mode = ReadMode(bytes, header, field);
        return new PillowPicture(mode, mode == "I;16" ? Saturate(bytes, header, field) : ImageCodec.DecodeRgb(bytes, header, field));
    }

    private static string ReadMode(ReadOnlySpan<byte> bytes, ImageHeader header, string field)
    {
        if (!PngChunkReader.IsPng(bytes))
            return header.IsGray ? "L" : RgbMode;
        var (depth, colourType) = (bytes[DepthAt], bytes[ColourTypeAt]);
        var mode = _pngModes.ElementAtOrDefault(colourType) is { Length: > 0 } known ? known
            : throw MeshException.Invalid(field, $"is a PNG with colour type {colourType}, which PNG does not have");
        return (mode, depth) switch
        {
            ("L", 1) => "1",
            ("L", 16) => "I;16",
            _ => mode,
        };
    }

    private static RasterImage Saturate(ReadOnlySpan<byte> bytes, ImageHeader header, string field)
    {
        var values = DeepPngDecoder.ReadValues(bytes, header, field);
        var pixels = new byte[values.Length * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Min(values[i / 3], byte.MaxValue);
        return new RasterImage(header.Width, header.Height, channels: 3, pixels);
    }
}
