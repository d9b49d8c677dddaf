using SynCxr.Mesh.Imaging.Pillow;

namespace SynCxr.Mesh.Curation.Encoders.Preparation;

/// <summary>What <c>preprocessor_config.json</c> asks for, in the order in which it is done. A step that is null is left out.</summary>
internal sealed record PreprocessorSettings
{
    /// <summary>False where only pictures that are stored in red, green and blue are taken, if they are handed over as opened.</summary>
    public required bool ConvertsToRgb { get; init; }

    public required ResizeRule? Resize { get; init; }

    public required PillowFilter Filter { get; init; }

    /// <summary>Height and width in pixels.</summary>
    public required PictureSize? Crop { get; init; }

    /// <summary>What 8-bit values are multiplied by.</summary>
    public required double? RescaleFactor { get; init; }

    /// <summary>Mean and deviation of each channel.</summary>
    public required (float[] Mean, float[] Deviation)? Normalization { get; init; }
}

/// <summary>A size in pixels.</summary>
internal readonly record struct PictureSize(int Height, int Width);

/// <summary>The size that a picture is resized to: that of the shorter side, or both.</summary>
/// <param name="ShorterSide">In pixels; null where <paramref name="Exact"/> says both.</param>
internal sealed record ResizeRule(int? ShorterSide, PictureSize Exact)
{
    /// <summary>The size of a resized picture. The longer side is cut to whole pixels, not rounded.</summary>
    public (long Height, long Width) SizeFor(int height, int width)
    {
        if (ShorterSide is not { } side)
            return (Exact.Height, Exact.Width);
        var longer = (long)((double)((long)side * Math.Max(height, width)) / Math.Min(height, width));
        return width <= height ? (longer, side) : (side, longer);
    }
}
