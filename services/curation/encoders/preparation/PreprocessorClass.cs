using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Curation.Encoders.Preparation;

/// <summary>What a class of image processors of transformers 4.57 does where <c>preprocessor_config.json</c> does not say.</summary>
/// <param name="Name">As the file has it.</param>
/// <param name="ConvertsToRgb">Whether a picture is brought to red, green and blue first.</param>
/// <param name="TakesShorterSide">Whether a number, and <c>shortest_edge</c>, mean the shorter side; else a number means a square.</param>
/// <param name="Side">Of a resized picture, in pixels.</param>
/// <param name="Resample">Number of the filter.</param>
/// <param name="CropSide">Of a crop, in pixels; null where the class crops none.</param>
/// <param name="CropShare">Share of the shorter side that a crop keeps; null where the class has no such rule.</param>
/// <param name="Mean">Of each channel.</param>
/// <param name="Deviation">Of each channel.</param>
internal sealed record PreprocessorClass(string Name, bool ConvertsToRgb, bool TakesShorterSide, int Side, int Resample, int? CropSide,
    double? CropShare, float[] Mean, float[] Deviation)
{
    private const int Bilinear = 2, Bicubic = 3;
    private const string NewEnding = "ImageProcessor", OldEnding = "FeatureExtractor", TorchvisionEnding = "Fast";

    private static readonly float[] _half = [0.5f, 0.5f, 0.5f];
    private static readonly float[] _clipMean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] _clipDeviation = [0.26862954f, 0.26130258f, 0.27577711f];

    private static readonly PreprocessorClass[] _all =
    [
        new("Bit", ConvertsToRgb: true, TakesShorterSide: true, Side: 224, Bicubic, CropSide: 224, null, _clipMean, _clipDeviation),
        new("CLIP", ConvertsToRgb: true, TakesShorterSide: true, Side: 224, Bicubic, CropSide: 224, null, _clipMean, _clipDeviation),
        new("ViT", ConvertsToRgb: false, TakesShorterSide: false, Side: 224, Bilinear, null, null, _half, _half),
        new("Siglip", ConvertsToRgb: false, TakesShorterSide: false, Side: 224, Bicubic, null, null, _half, _half),
        new("ConvNext", ConvertsToRgb: false, TakesShorterSide: true, Side: 384, Bilinear, null, CropShare: 224 / 256.0, _half, _half),
    ];

    /// <exception cref="InvalidDataException">The class is another, or the torchvision form of one, whose pixels differ.</exception>
    public static PreprocessorClass Find(JsonFileValue type)
    {
        var name = type.Text;
        if (name.EndsWith(NewEnding + TorchvisionEnding, StringComparison.Ordinal))
            throw type.Fault($"is a torchvision processor, whose pixels differ by a gray level; save the folder with {name[..^4]}");
        return _all.FirstOrDefault(kind => name == kind.Name + NewEnding || name == kind.Name + OldEnding)
            ?? throw type.Fault($"can't be obeyed; {string.Join(", ", _all.Select(kind => kind.Name + NewEnding))} can");
    }

    /// <summary>What a size that is given as a number means.</summary>
    public ResizeRule MakeRule(int side) =>
        TakesShorterSide ? new ResizeRule(side, default) : new ResizeRule(null, new PictureSize(side, side));
}
