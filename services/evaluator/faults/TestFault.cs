using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Faults;

/// <summary>
/// A fault that judges are measured on. It must not be used in training: a judge is to be measured on faults that it has not seen.
/// </summary>
/// <param name="Name">The kind.</param>
/// <param name="Apply">Spoils an image.</param>
internal sealed record TestFault(string Name, TestFaultMaker Apply);

/// <param name="image">Square, row by row, in 0..1; must not be modified.</param>
/// <param name="side">Side in pixels.</param>
/// <param name="strength">0 weak, 1 middle, 2 strong.</param>
/// <param name="other">Another good image.</param>
/// <param name="random">Source of every random choice.</param>
internal delegate float[] TestFaultMaker(float[] image, int side, int strength, Func<float[]> other, RandomSource random);

/// <summary>The nine kinds of fault. A new one is one line and its method.</summary>
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
