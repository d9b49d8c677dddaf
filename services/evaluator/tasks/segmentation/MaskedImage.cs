using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks.Segmentation;

/// <summary>An image and its mask at a network's input size, both in 0..1.</summary>
internal sealed record MaskedImage(float[] Image, float[] Mask, string Hash)
{
    private const float Half = 0.5f;

    public bool[] Marked => [.. Mask.Select(m => m >= Half)];

    /// <exception cref="MeshException">INVALID_FIELD: no mask, or an image or mask that can't be decoded.</exception>
    public static MaskedImage Read(Study study, int side, string field)
    {
        var image = study.LoadImage($"{field}.name");
        var mask = study switch
        {
            { MaskFile: not null } => study.LoadMask($"{field}.masks")!,
            { MaskRuns: { } runs } => RunLengthMask.Decode(runs, $"{field}.labels: {study.Id}"),
            _ => throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(study.Id)}' has no mask; choose a layout that reads masks: masks or siim"),
        };
        return new MaskedImage(Numbers(image, side), Numbers(mask, side), Study.ImageHash(image));
    }

    /// <summary>
    /// Augments both: rotated by up to 10°, scaled and moved by up to a tenth, another exposure for the image. Never mirrored.
    /// </summary>
    public (float[] Image, float[] Mask) Augment(int side, RandomSource random)
    {
        var turn = random.NextDouble(-10, 10);
        var scale = random.NextDouble(0.9, 1.15);
        var dx = random.NextDouble(-0.08, 0.08) * side;
        var dy = random.NextDouble(-0.08, 0.08) * side;
        var gamma = random.NextDouble(0.7, 1.4);
        var contrast = random.NextDouble(0.75, 1.25);
        var level = random.NextDouble(-0.12, 0.12);
        var image = ImageAugmentation.Warp(Image, side, turn, scale, dx, dy);
        for (var i = 0; i < image.Length; i++)
            image[i] = ImageAugmentation.ClampToUnit((Math.Pow(image[i], gamma) - 0.5) * contrast + 0.5 + level);
        return (image, [.. ImageAugmentation.Warp(Mask, side, turn, scale, dx, dy, black: true).Select(m => m >= Half ? 1f : 0f)]);
    }

    private static float[] Numbers(GrayImage image, int side) => PixelConversion.ToUnitPixels(ImageResizer.Resize(image, side, side));
}
