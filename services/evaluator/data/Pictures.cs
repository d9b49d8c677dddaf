using SynCxr.Mesh.Storage.Images;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>8-bit images as numbers in 0..1 and back.</summary>
internal static class Pictures
{
    /// <summary>Side of what classifiers see.</summary>
    public const int SmallSide = 64;

    public static float[] Small(GrayImage image) => Numbers(ImageResize.Area(image, SmallSide, SmallSide));

    public static float[] Numbers(GrayImage image) => [.. image.Pixels.Select(p => p / 255f)];

    public static GrayImage Image(float[] picture, int side) => new(side, side, [.. picture.Select(v => (byte)Math.Clamp(Math.Round(v * 255), 0, 255))]);
}
