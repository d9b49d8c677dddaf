namespace SynCxr.Mesh.Imaging;

/// <summary>An 8-bit image in gray or in colour, row-major, the samples of a pixel side by side (R, G, B).</summary>
public sealed record RasterImage
{
    /// <param name="channels">Samples a pixel: 1 for gray, 3 for red, green and blue.</param>
    /// <exception cref="ArgumentException">The number of samples is not width times height times channels.</exception>
    public RasterImage(int width, int height, int channels, byte[] pixels)
    {
        if (channels is not (1 or 3))
            throw new ArgumentException($"{channels} channels: 1 or 3 are taken", nameof(channels));
        if (width < 1 || height < 1 || pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"{width} x {height} x {channels} does not go with {pixels.Length} samples", nameof(pixels));
        (Width, Height, Channels, Pixels) = (width, height, channels, pixels);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>1 for gray, 3 for colour.</summary>
    public int Channels { get; }

    /// <summary>A byte a sample; treat it as read-only.</summary>
    public byte[] Pixels { get; }

    /// <summary>The image in gray: (299 R + 587 G + 114 B + 500) / 1000 where it is in colour.</summary>
    public GrayImage ToGray()
    {
        if (Channels == 1)
            return new GrayImage(Width, Height, Pixels);
        var gray = new byte[Width * Height];
        for (int i = 0, at = 0; i < gray.Length; i++, at += 3)
            gray[i] = (byte)(((299 * Pixels[at]) + (587 * Pixels[at + 1]) + (114 * Pixels[at + 2]) + 500) / 1000);
        return new GrayImage(Width, Height, gray);
    }

    /// <summary>One channel as an image of its own.</summary>
    public GrayImage GetPlane(int channel) =>
        new(Width, Height, [.. Enumerable.Range(0, Width * Height).Select(i => Pixels[(i * Channels) + channel])]);

    /// <summary>Joins planes of one size, in the order of the channels.</summary>
    public static RasterImage FromPlanes(IReadOnlyList<GrayImage> planes)
    {
        var pixels = new byte[planes[0].Pixels.Length * planes.Count];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = planes[i % planes.Count].Pixels[i / planes.Count];
        return new RasterImage(planes[0].Width, planes[0].Height, planes.Count, pixels);
    }
}
