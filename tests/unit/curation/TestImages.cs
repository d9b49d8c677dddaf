using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Curation.Tests;

/// <summary>Made images; none is a radiograph.</summary>
internal static class TestImages
{
    /// <summary>Waves whose length follows the seed.</summary>
    public static GrayImage Waves(int width, int height, int seed)
    {
        var pixels = new byte[width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i % width / (double)width, i / width / (double)height);
            pixels[i] = (byte)(127 + (60 * Math.Sin((seed + 2) * 3 * x)) + (60 * Math.Cos((seed + 1) * 5 * y)));
        }

        return new GrayImage(width, height, pixels);
    }

    public static byte[] WavesPng(int seed) => ImageCodec.EncodePng(Waves(80, 72, seed));
}
