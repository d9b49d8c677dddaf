using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>8-bit images as numbers in 0..1 and back.</summary>
internal static class PixelConversion
{
    /// <summary>Side of what classifiers see.</summary>
    public const int SmallSide = 64;

    public static float[] ToSmall(GrayImage image) => ToUnitPixels(ImageResizer.Resize(image, SmallSide, SmallSide));

    public static float[] ToUnitPixels(GrayImage image) => [.. image.Pixels.Select(p => p / 255f)];

    public static GrayImage ToImage(float[] image, int side) =>
        new(side, side, [.. image.Select(v => (byte)Math.Clamp(Math.Round(v * 255), 0, 255))]);
}
