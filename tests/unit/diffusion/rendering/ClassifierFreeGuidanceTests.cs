using SynCxr.Mesh.Diffusion.Rendering;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Rendering;

public sealed class ClassifierFreeGuidanceTests
{
    private static readonly float[] _unconditional = [0, 1, -1, 2];
    private static readonly float[] _prediction = [1, 3, 0, 4]; // deviation with n - 1: sqrt(10 / 3)

    [Theory]
    [InlineData(1, new float[] { 1, 3, 0, 4 })]
    [InlineData(3, new float[] { 3, 7, 2, 8 })]
    public void Apply_Scale_GoesFromTheUnconditionalThroughThePrompts(float scale, float[] expected) =>
        Assert.Equal(expected, Apply(scale, 0));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.7f, 0.7)]
    [InlineData(0.25f, 0.25)]
    public void Apply_Rescale_MixesInThePromptsDeviation(float rescale, double share)
    {
        // The guided [3, 7, 2, 8] has the deviation sqrt(26 / 3).
        var ratio = Math.Sqrt(10 / 26d);
        var factor = (share * ratio) + 1 - share;
        Assert.Equal(new[] { 3, 7, 2, 8 }.Select(guided => guided * factor), Apply(3, rescale).Select(value => (double)value),
            (wanted, got) => Math.Abs(wanted - got) < 1e-6);
    }

    private static float[] Apply(float scale, float rescale)
    {
        float[] prediction = [.. _prediction];
        ClassifierFreeGuidance.Apply(prediction, _unconditional, scale, rescale);
        return prediction;
    }
}
