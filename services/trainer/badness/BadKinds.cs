namespace SynCxr.Mesh.Trainer.Badness;

/// <summary>
/// Ways to spoil a radiograph. A new one is one line and its maker. The faults that a judge is measured on (block compression, vertical
/// flip, posterising, an occluding box, three by three collage, salt and pepper, a blend of two, burnt-in text, clipped exposure) are
/// not among them and must not be added: the measurement is whether a judge refuses what it has never seen.
/// </summary>
public static class BadKinds
{
    //                                                              chest  human frontal quality upright fidelity
    public static IReadOnlyList<BadKind> All { get; } =
    [
        new("rotated", [true, null, null, true, false, null], Geometry.Rotated),
        new("cropped", [null, null, null, null, false, null], Geometry.Cropped),
        new("warped", [true, null, null, false, null, false], Geometry.Warped),
        new("collaged", [false, null, null, null, false, false], Geometry.Collaged),
        new("shuffled", [false, null, null, false, false, false], Geometry.Shuffled),
        new("inverted", [true, null, null, false, false, false], Tones.Inverted),
        new("low-contrast", [null, null, null, false, false, null], Tones.LowContrast),
        new("steep", [true, null, null, false, false, false], Tones.Steep),
        new("bent", [true, null, null, false, false, false], Tones.Bent),
        new("folded", [true, null, null, false, false, false], Tones.Folded),
        new("dithered", [true, null, null, false, false, false], Tones.Dithered),
        new("blurred", [null, null, null, false, false, false], Detail.Blurred),
        new("smeared", [true, null, null, false, false, false], Detail.Smeared),
        new("sharpened", [true, null, null, false, false, false], Detail.Sharpened),
        new("pixelated", [true, null, null, false, false, false], Detail.Pixelated),
        new("thinned", [true, null, null, false, false, false], Detail.Thinned),
        new("noisy", [null, null, null, false, false, false], Detail.Noisy),
        new("striped", [true, null, null, false, false, false], Overlays.Striped),
        new("ghosted", [true, null, null, false, false, false], Overlays.Ghosted),
        new("blotched", [null, null, null, false, false, false], Overlays.Blotched),
        new("patched", [true, null, null, false, false, false], Overlays.Patched),
        new("panelled", [true, null, null, false, false, false], Overlays.Panelled),
        new("scribbled", [null, null, null, false, false, false], Overlays.Scribbled),
        new("blank", [false, null, null, false, false, false], Elsewhere.Blank),
        new("not-a-radiograph", [false, null, null, null, false, false], Elsewhere.NotARadiograph),
    ];
}
