using System.Runtime.InteropServices;
using SkiaSharp;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Imaging;

/// <summary>
/// Image files in, 8-bit pixels out, and back; of PNG with 16 bits by <see cref="DeepPngDecoder"/>. Where gray is asked for, colour
/// becomes (299 R + 587 G + 114 B + 500) / 1000; alpha, colour profiles and EXIF orientation are ignored: what is judged are the stored
/// pixels, which is also what the readers of a data set will see.
/// </summary>
public static class ImageCodec
{
    /// <summary>Largest width and height, in pixels.</summary>
    public const int MaxSide = 4096;

    /// <summary>Largest file, in bytes.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Decodes a PNG or JPEG; <paramref name="field"/> is its path in the request.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: empty, too large, truncated, no image, or CMYK.</exception>
    public static GrayImage DecodeGray(ReadOnlySpan<byte> bytes, string field) => Decode(bytes, field).ToGray();

    /// <summary>Decodes a PNG or JPEG as it is stored, in gray or in colour; <paramref name="field"/> is its path in the request.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: empty, too large, truncated, no image, or CMYK.</exception>
    public static RasterImage Decode(ReadOnlySpan<byte> bytes, string field)
    {
        return Decode(bytes, ReadHeader(bytes, field), field);
    }

    /// <summary>The same for an image that must have a certain size in pixels; another is refused before it is decoded.</summary>
    /// <returns>The image, and its media type.</returns>
    /// <exception cref="MeshException">INVALID_FIELD: as above, or of another size.</exception>
    public static (RasterImage Image, string MediaType) Decode(ReadOnlySpan<byte> bytes, string field, int width, int height)
    {
        var header = ReadHeader(bytes, field, (width, height));
        return (Decode(bytes, header, field), header.MediaType);
    }

    /// <summary>Encodes as PNG; the same pixels give the same bytes on every machine and runtime.</summary>
    public static byte[] EncodePng(GrayImage image) => EncodePng(new RasterImage(image.Width, image.Height, channels: 1, image.Pixels));

    /// <summary>Encodes as PNG in gray or RGB; the same pixels give the same bytes on every machine and runtime.</summary>
    public static byte[] EncodePng(RasterImage image) => PngEncoder.Encode(image);

    /// <summary>Encodes as baseline JPEG in gray or RGB. Lossy: the pixels that come back are not the same.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(RasterImage image, int quality)
    {
        var colours = image.Channels == 1 ? SKColorType.Gray8 : SKColorType.Rgba8888;
        var info = new SKImageInfo(image.Width, image.Height, colours, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(info);
        var row = new byte[image.Width * info.BytesPerPixel];
        for (var y = 0; y < image.Height; y++)
        {
            for (int x = 0, at = y * image.Width * image.Channels; x < row.Length; x++)
                row[x] = image.Channels == 1 ? image.Pixels[at++] : x % 4 == 3 ? byte.MaxValue : image.Pixels[at++];
            Marshal.Copy(row, 0, bitmap.GetPixels() + (y * bitmap.RowBytes), row.Length);
        }

        using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        return encoded.ToArray();
    }

    private static RasterImage Decode(ReadOnlySpan<byte> bytes, ImageHeader header, string field)
    {
        if (!header.IsDeep)
            return ToRaster(header, DecodeRgba(bytes, header, field), header.IsGray ? 1 : 3);
        var gray = DeepPngDecoder.Decode(bytes, header, field);
        return new RasterImage(gray.Width, gray.Height, channels: 1, gray.Pixels);
    }

    /// <summary>The header of a PNG or JPEG whose size may be decoded.</summary>
    internal static ImageHeader ReadHeader(ReadOnlySpan<byte> bytes, string field) => ReadHeader(bytes, field, size: null);

    /// <summary>Decodes as red, green and blue, whatever is stored; of 16 bits the upper 8.</summary>
    internal static RasterImage DecodeRgb(ReadOnlySpan<byte> bytes, ImageHeader header, string field) =>
        ToRaster(header, DecodeRgba(bytes, header, field), channels: 3);

    private static RasterImage ToRaster(ImageHeader header, byte[] rgba, int channels)
    {
        var pixels = new byte[rgba.Length / 4 * channels];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = rgba[(i / channels * 4) + (i % channels)];
        return new RasterImage(header.Width, header.Height, channels, pixels);
    }

    private static ImageHeader ReadHeader(ReadOnlySpan<byte> bytes, string field, (int Width, int Height)? size)
    {
        if (bytes.Length > MaxBytes)
            throw MeshException.Invalid(field, $"is {bytes.Length} bytes long; at most {MaxBytes} are taken");
        var header = ImageHeader.Read(bytes, field);
        if (header.Width is < 1 or > MaxSide || header.Height is < 1 or > MaxSide)
            throw MeshException.Invalid(field, $"says it is {header.Width} x {header.Height}; 1 to {MaxSide} pixels a side are taken");
        if (size is { } wanted && wanted != (header.Width, header.Height))
            throw MeshException.Invalid(field, $"is {header.Width} x {header.Height} pixels; it must be {wanted.Width} x {wanted.Height}");
        return header;
    }

    private static byte[] DecodeRgba(ReadOnlySpan<byte> bytes, ImageHeader header, string field)
    {
        using var data = SKData.CreateCopy(bytes.ToArray());
        using var codec = SKCodec.Create(data) ?? throw MeshException.Invalid(field, $"The {header.MediaType} can't be decoded.");
        if (codec.Info.Width != header.Width || codec.Info.Height != header.Height)
            throw MeshException.Invalid(field, "The image states two different sizes.");
        var info = new SKImageInfo(header.Width, header.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var rgba = new byte[info.BytesSize];
        var pin = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        SKCodecResult result;
        try
        {
            result = codec.GetPixels(info, pin.AddrOfPinnedObject());
        }
        finally
        {
            pin.Free();
        }

        return result switch
        {
            SKCodecResult.Success => rgba,
            SKCodecResult.IncompleteInput => throw MeshException.Invalid(field, $"is a truncated {header.MediaType}"),
            _ => throw MeshException.Invalid(field, $"is a broken {header.MediaType} ({result})"),
        };
    }
}
