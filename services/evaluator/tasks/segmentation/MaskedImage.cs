using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks.Segmentation;

/// <summary>A picture and its mask at the side of a network, both in 0..1.</summary>
internal sealed record MaskedImage(float[] Image, float[] Mask, string Hash)
{
    private const float Half = 0.5f;

    public bool[] Marked => [.. Mask.Select(m => m >= Half)];

    /// <exception cref="MeshException">INVALID_FIELD: no mask, or a picture or mask that can't be decoded.</exception>
    public static MaskedImage Read(Study study, int side, string field)
    {
        var picture = study.LoadImage($"{field}.name");
        var mask = study switch
        {
            { MaskFile: { } file } => ImageCodec.DecodeGray(File.ReadAllBytes(file), $"{field}.masks: {Path.GetFileName(file)}"),
            { MaskRuns: { } runs } => RunLengthMask.Decode(runs, $"{field}.labels: {study.Id}"),
            _ => throw MeshException.Invalid(field, $"'{study.Id}' has no mask; layouts with masks are masks and siim"),
        };
        return new MaskedImage(Numbers(picture, side), Numbers(mask, side), Study.ImageHash(picture));
    }

    /// <summary>Turned up to 10°, scaled and moved by up to a tenth, another exposure. Never mirrored.</summary>
    public (float[] Picture, float[] Mask) Augment(int side, RandomSource dice)
    {
        var (turn, scale, dx, dy) = (dice.NextDouble(-10, 10), dice.NextDouble(0.9, 1.15), dice.NextDouble(-0.08, 0.08) * side,
            dice.NextDouble(-0.08, 0.08) * side);
        var (gamma, contrast, level) = (dice.NextDouble(0.7, 1.4), dice.NextDouble(0.75, 1.25), dice.NextDouble(-0.12, 0.12));
        var picture = ImageAugmentation.Warp(Image, side, turn, scale, dx, dy);
        for (var i = 0; i < picture.Length; i++)
            picture[i] = ImageAugmentation.ClampToUnit((Math.Pow(picture[i], gamma) - 0.5) * contrast + 0.5 + level);
        return (picture, [.. ImageAugmentation.Warp(Mask, side, turn, scale, dx, dy, black: true).Select(m => m >= Half ? 1f : 0f)]);
    }

    private static float[] Numbers(GrayImage image, int side) => PixelConversion.ToUnitPixels(ImageResizer.ResizeByArea(image, side, side));
}
