using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Faults;

/// <summary>
/// A way to spoil a radiograph that a judge is measured on. None of these may be used in training: a judge that has seen them is
/// measured on what it learnt.
/// </summary>
/// <param name="Name">The kind.</param>
/// <param name="Apply">Spoils a picture.</param>
internal sealed record TestFault(string Name, TestFaultMaker Apply);

/// <param name="picture">Square, row-major, 0..1; not to be changed.</param>
/// <param name="side">Side in pixels.</param>
/// <param name="strength">0 weak, 1 middle, 2 strong.</param>
/// <param name="other">Another good picture.</param>
/// <param name="dice">Every choice.</param>
internal delegate float[] TestFaultMaker(float[] picture, int side, int strength, Func<float[]> other, RandomSource dice);

/// <summary>The nine kinds. A new one is one line and its maker.</summary>
internal static class TestFaults
{
    public static IReadOnlyList<string> Strengths { get; } = ["weak", "middle", "strong"];

    public static IReadOnlyList<TestFault> All { get; } =
    [
        new("jpeg-blocking", JpegBlockingFault.Apply),
        new("vertical-flip", WholeImageFaults.VerticalFlip),
        new("posterise", WholeImageFaults.Posterise),
        new("occluding-box", LocalFaults.OccludingBox),
        new("collage-3x3", WholeImageFaults.Collage),
        new("salt-and-pepper", WholeImageFaults.SaltAndPepper),
        new("blend-of-two", WholeImageFaults.Blend),
        new("burnt-in-text", LocalFaults.BurntInText),
        new("clipped-exposure", WholeImageFaults.ClippedExposure),
    ];
}
