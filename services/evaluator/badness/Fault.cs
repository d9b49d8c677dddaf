using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Badness;

/// <summary>
/// A way to spoil a radiograph that a judge is measured on. None of these may be used in training: a judge that has seen them is
/// measured on what it learnt.
/// </summary>
/// <param name="Name">The kind.</param>
/// <param name="Apply">Spoils a picture.</param>
internal sealed record Fault(string Name, FaultMaker Apply);

/// <param name="picture">Square, row-major, 0..1; not to be changed.</param>
/// <param name="side">Side in pixels.</param>
/// <param name="strength">0 weak, 1 middle, 2 strong.</param>
/// <param name="other">Another good picture.</param>
/// <param name="dice">Every choice.</param>
internal delegate float[] FaultMaker(float[] picture, int side, int strength, Func<float[]> other, Dice dice);

/// <summary>The nine kinds. A new one is one line and its maker.</summary>
internal static class Faults
{
    public static IReadOnlyList<string> Strengths { get; } = ["weak", "middle", "strong"];

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("jpeg-blocking", JpegBlocking.Apply),
        new("vertical-flip", WholePictureFaults.VerticalFlip),
        new("posterise", WholePictureFaults.Posterise),
        new("occluding-box", LocalFaults.OccludingBox),
        new("collage-3x3", WholePictureFaults.Collage),
        new("salt-and-pepper", WholePictureFaults.SaltAndPepper),
        new("blend-of-two", WholePictureFaults.Blend),
        new("burnt-in-text", LocalFaults.BurntInText),
        new("clipped-exposure", WholePictureFaults.ClippedExposure),
    ];
}
