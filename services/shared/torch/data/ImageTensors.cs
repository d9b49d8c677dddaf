using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Data;

/// <summary>Images in memory as the tensors that networks read.</summary>
public static class ImageTensors
{
    /// <summary>Images [B, 1, H, W] in 0..1, lightly augmented if <paramref name="random"/> is given.</summary>
    public static Tensor ToBatch(this ImageSet set, IReadOnlyList<int> indices, RandomSource? random = null) => FromPixels(
        [.. indices.Select(i => random is null ? set.UnitPixels(i) : ImageAugmentation.VaryLightly(set.UnitPixels(i), set.Side, random))],
        set.Side);

    /// <summary>Squares of one side, row by row, as [B, 1, side, side].</summary>
    public static Tensor FromPixels(IReadOnlyList<float[]> images, int side)
    {
        var all = new float[images.Count * side * side];
        for (var i = 0; i < images.Count; i++)
            images[i].CopyTo(all, i * side * side);
        return tensor(all, [images.Count, 1, side, side]);
    }
}
