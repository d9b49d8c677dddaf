using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>
/// Windows of images that were read larger than a network sees them: a rectangle whose sides are at least <paramref name="smallest"/> of
/// the image's, shrunk by area. Other than an image that was moved or turned, a window is as sharp as the image and has no made-up border.
/// </summary>
/// <param name="images">Squares, larger than <paramref name="side"/>.</param>
/// <param name="side">Side of a window in the network's pixels.</param>
/// <param name="smallest">Share of the image's side that a window has at least, above 0 and at most 1.</param>
internal sealed class ImageWindows(ImageSet images, int side, double smallest)
{
    /// <summary>A window of an image in 0..1, <c>side × side</c>.</summary>
    public float[] Sample(int index, RandomSource random)
    {
        var (width, height) = (Length(random), Length(random));
        var (left, top) = (random.NextInt(images.Side - width + 1), random.NextInt(images.Side - height + 1));
        var pixels = images.Pixels(index);
        var window = new byte[width * height];
        for (var y = 0; y < height; y++)
            pixels.Slice(((top + y) * images.Side) + left, width).CopyTo(window.AsSpan(y * width));
        return Array.ConvertAll(ImageResizer.Resize(new GrayImage(width, height, window), side, side).Pixels, p => p / 255f);
    }

    private int Length(RandomSource random) => (int)Math.Round(images.Side * random.NextDouble(smallest, 1));
}
