using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>The image that a rendering starts from, and what of it is redrawn. Renderings of several seeds share one.</summary>
/// <param name="encode">Gives its latent, [C, h, w], in the scale of the U-Net.</param>
/// <param name="redrawn">True where a latent element is redrawn, [h, w]; null where all of them are.</param>
internal sealed class StartImage(Func<float[]> encode, bool[]? redrawn)
{
    private const byte White = 128; // and above: at least half, as diffusers binarises a mask
    private readonly Lazy<float[]> _latent = new(encode);

    /// <summary>Its latent, encoded when it is first asked for.</summary>
    public float[] Latent => _latent.Value;

    /// <summary>True where a latent element is redrawn, [h, w]; null where all of them are.</summary>
    public bool[]? Redrawn => redrawn;

    /// <summary>Where its file is, or would be if it were stored.</summary>
    public ImageRef? Reference { get; init; }

    /// <summary>The same of the mask.</summary>
    public ImageRef? MaskReference { get; init; }

    /// <summary>
    /// A mask of pixels as one of latent elements: each takes the first of its pixels, as diffusers resizes it (nearest, rounded down).
    /// </summary>
    /// <param name="mask">White is redrawn, black is kept.</param>
    /// <param name="scale">Pixels a side for each latent element.</param>
    /// <returns>[h, w].</returns>
    public static bool[] ToRedrawn(GrayImage mask, int scale)
    {
        var (height, width) = (mask.Height / scale, mask.Width / scale);
        var redrawn = new bool[height * width];
        for (var i = 0; i < redrawn.Length; i++)
            redrawn[i] = mask.Pixels[(i / width * scale * mask.Width) + (i % width * scale)] >= White;
        return redrawn;
    }
}
