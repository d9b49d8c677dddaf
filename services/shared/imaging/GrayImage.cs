namespace SynCxr.Mesh.Imaging;

/// <summary>An 8-bit gray image, row-major, 0 black.</summary>
public sealed record GrayImage
{
    /// <exception cref="ArgumentException">The number of pixels is not width times height, or a side is below 1.</exception>
    public GrayImage(int width, int height, byte[] pixels)
    {
        if (width < 1 || height < 1 || pixels.Length != (long)width * height)
            throw new ArgumentException($"{width} x {height} does not go with {pixels.Length} pixels", nameof(pixels));
        (Width, Height, Pixels) = (width, height, pixels);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>One byte a pixel; treat it as read-only.</summary>
    public byte[] Pixels { get; }

    public byte this[int x, int y] => Pixels[(y * Width) + x];

    /// <summary>An image of one shade.</summary>
    public static GrayImage Filled(int width, int height, byte shade)
    {
        var pixels = new byte[width * height];
        Array.Fill(pixels, shade);
        return new GrayImage(width, height, pixels);
    }
}
