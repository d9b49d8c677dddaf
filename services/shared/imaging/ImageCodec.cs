using System.Runtime.InteropServices;
using SkiaSharp;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Imaging;

/// <summary>
/// Image files in, 8-bit gray out. Colour becomes (299 R + 587 G + 114 B + 500) / 1000; alpha, colour profiles and EXIF orientation
/// are ignored: what is judged are the stored pixels, which is also what the readers of a data set will see.
/// </summary>
public static class ImageCodec
{
    /// <summary>Largest width and height, in pixels.</summary>
    public const int MaxSide = 4096;

    /// <summary>Largest file, in bytes.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Decodes a PNG or JPEG; <paramref name="field"/> is its path in the request.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: empty, too large, truncated, no image, 16-bit, or CMYK.</exception>
    public static GrayImage DecodeGray(ReadOnlySpan<byte> bytes, string field)
    {
        if (bytes.Length > MaxBytes)
            throw MeshException.Invalid(field, $"is {bytes.Length} bytes long; at most {MaxBytes} are taken");
        var header = ImageHeader.Read(bytes, field);
        if (header.Width is < 1 or > MaxSide || header.Height is < 1 or > MaxSide)
            throw MeshException.Invalid(field, $"says it is {header.Width} x {header.Height}; 1 to {MaxSide} pixels a side are taken");

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
            SKCodecResult.Success => ToGray(rgba, header.Width, header.Height),
            SKCodecResult.IncompleteInput => throw MeshException.Invalid(field, $"is a truncated {header.MediaType}"),
            _ => throw MeshException.Invalid(field, $"is a broken {header.MediaType} ({result})"),
        };
    }

    /// <summary>Encodes as PNG; the same pixels give the same bytes on every machine and runtime.</summary>
    public static byte[] EncodePng(GrayImage image) => PngEncoder.Encode(image);

    private static GrayImage ToGray(byte[] rgba, int width, int height)
    {
        var pixels = new byte[width * height];
        for (int i = 0, at = 0; i < pixels.Length; i++, at += 4)
            pixels[i] = (byte)(((299 * rgba[at]) + (587 * rgba[at + 1]) + (114 * rgba[at + 2]) + 500) / 1000);
        return new GrayImage(width, height, pixels);
    }
}
