namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>
/// The faults that judges are trained on. A new one is one line and its method. The faults that a judge is measured on (block compression,
/// vertical flip, posterising, an occluding box, three by three collage, salt and pepper, a blend of two, burnt-in text, clipped exposure)
/// must not be added: the evaluator measures whether a judge rejects kinds of fault that it was not trained on.
/// </summary>
public static class TrainingFaults
{
    //                                                              chest  human frontal quality upright fidelity
    public static IReadOnlyList<TrainingFault> All { get; } =
    [
        new("rotated", [true, null, null, true, false, null], GeometryFaults.Rotated),
        new("cropped", [null, null, null, null, false, null], GeometryFaults.Cropped),
        new("warped", [true, null, null, false, null, false], GeometryFaults.Warped),
        new("collaged", [false, null, null, null, false, false], GeometryFaults.Collaged),
        new("shuffled", [false, null, null, false, false, false], GeometryFaults.Shuffled),
        new("inverted", [true, null, null, false, false, false], ToneFaults.Inverted),
        new("low-contrast", [null, null, null, false, false, null], ToneFaults.LowContrast),
        new("steep", [true, null, null, false, false, false], ToneFaults.Steep),
        new("bent", [true, null, null, false, false, false], ToneFaults.Bent),
        new("folded", [true, null, null, false, false, false], ToneFaults.Folded),
        new("dithered", [true, null, null, false, false, false], ToneFaults.Dithered),
        new("blurred", [null, null, null, false, false, false], DetailFaults.Blurred),
        new("smeared", [true, null, null, false, false, false], DetailFaults.Smeared),
        new("sharpened", [true, null, null, false, false, false], DetailFaults.Sharpened),
        new("pixelated", [true, null, null, false, false, false], DetailFaults.Pixelated),
        new("thinned", [true, null, null, false, false, false], DetailFaults.Thinned),
        new("noisy", [null, null, null, false, false, false], DetailFaults.Noisy),
        new("striped", [true, null, null, false, false, false], OverlayFaults.Striped),
        new("ghosted", [true, null, null, false, false, false], OverlayFaults.Ghosted),
        new("blotched", [null, null, null, false, false, false], OverlayFaults.Blotched),
        new("patched", [true, null, null, false, false, false], OverlayFaults.Patched),
        new("panelled", [true, null, null, false, false, false], OverlayFaults.Panelled),
        new("scribbled", [null, null, null, false, false, false], OverlayFaults.Scribbled),
        new("blank", [false, null, null, false, false, false], NonRadiographFaults.Blank),
        new("not-a-radiograph", [false, null, null, null, false, false], NonRadiographFaults.NotARadiograph),
    ];
}
