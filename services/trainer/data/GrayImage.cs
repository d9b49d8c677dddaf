using SkiaSharp;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Trainer.Data;

/// <summary>Files to 8-bit gray squares.</summary>
public static class GrayImage
{
    /// <exception cref="MeshException">Names the field and the file.</exception>
    public static (byte[] Gray, int Width, int Height) Decode(string file, string field)
    {
        using var bitmap = SKBitmap.Decode(file);
        if (bitmap is null)
            throw MeshException.Invalid(field, $"'{file}' is no image that can be read");
        var gray = new byte[bitmap.Width * bitmap.Height];
        var colours = bitmap.Pixels;
        for (var i = 0; i < gray.Length; i++)
            gray[i] = (byte)((299 * colours[i].Red + 587 * colours[i].Green + 114 * colours[i].Blue + 500) / 1000);
        return (gray, bitmap.Width, bitmap.Height);
    }

    /// <summary>Area average to a square of the given side.</summary>
    public static byte[] Shrink(byte[] gray, int width, int height, int side)
    {
        if (width == side && height == side)
            return gray;
        var small = new byte[side * side];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                small[y * side + x] = Average(gray, width, (double)x * width / side, (double)(x + 1) * width / side, (double)y * height / side, (double)(y + 1) * height / side);
        }

        return small;
    }

    private static byte Average(byte[] gray, int width, double left, double right, double top, double bottom)
    {
        var (sum, area) = (0.0, 0.0);
        for (var y = (int)top; y < bottom; y++)
        {
            var tall = Math.Min(y + 1, bottom) - Math.Max(y, top);
            for (var x = (int)left; x < right; x++)
            {
                var part = tall * (Math.Min(x + 1, right) - Math.Max(x, left));
                (sum, area) = (sum + part * gray[y * width + x], area + part);
            }
        }

        return (byte)Math.Round(sum / area);
    }
}
