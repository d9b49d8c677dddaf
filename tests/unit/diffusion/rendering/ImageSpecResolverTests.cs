using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Tests.Engine;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Rendering;

public sealed class ImageSpecResolverTests
{
    public static TheoryData<string, Action<ImageSpec>> BadFields => new()
    {
        { "spec.prompt", spec => spec.Prompt = "" },
        { "spec.prompt", spec => spec.Prompt = " \n" },
        { "spec.prompt", spec => spec.Prompt = new string('a', 8193) },
        { "spec.prompt", spec => spec.Prompt = new string('é', 4097) },
        { "spec.prompt", spec => spec.Prompt = new string('a', 1 << 20) },
        { "spec.negative_prompt", spec => spec.NegativePrompt = new string('a', 8193) },
        { "spec.model", spec => spec.Model = "../cxr-tiny-generator" },
        { "spec.model", spec => spec.Model = new string('x', 100_000) },
        { "spec.width", spec => spec.Width = 63 },
        { "spec.width", spec => spec.Width = 0 },
        { "spec.width", spec => spec.Width = -64 },
        { "spec.height", spec => spec.Height = 4096 },
        { "spec.height", spec => spec.Height = int.MaxValue },
        { "spec.steps", spec => spec.Steps = 0 },
        { "spec.steps", spec => spec.Steps = -1 },
        { "spec.steps", spec => spec.Steps = 1_000_000 },
        { "spec.guidance", spec => spec.Guidance = double.NaN },
        { "spec.guidance", spec => spec.Guidance = double.PositiveInfinity },
        { "spec.guidance", spec => spec.Guidance = double.NegativeInfinity },
        { "spec.guidance", spec => spec.Guidance = 0.99 },
        { "spec.guidance", spec => spec.Guidance = 50.1 },
        { "spec.scheduler", spec => spec.Scheduler = "euler" },
        { "spec.native_size", spec => spec.NativeSize = 225 },
        { "spec.native_size", spec => spec.NativeSize = -1 },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public void Resolve_OneBadField_NamesIt(string field, Action<ImageSpec> spoil)
    {
        var spec = new ImageSpec { Prompt = "clear lungs" };
        spoil(spec);
        var refusal = InvalidFields(spec);
        Assert.Equal(field, Assert.Single(refusal.Fields).Field);
        Assert.InRange(refusal.Message.Length, 1, 500);
    }

    [Fact]
    public void Resolve_SeveralBadFields_NamesAll() =>
        Assert.Equal(["spec.width", "spec.height", "spec.steps"],
            InvalidFields(new ImageSpec { Prompt = "a", Width = 63, Height = 4096, Steps = 0 }).Fields.Select(problem => problem.Field));

    [Fact]
    public void Resolve_NoSpec_NamesIt() => Assert.Equal("spec", Assert.Single(InvalidFields(null).Fields).Field);

    [Fact]
    public void Resolve_PromptAlone_TakesTheModelsDefaults()
    {
        var (spec, defaults) = (ImageSpecResolver.Resolve(new ImageSpec { Prompt = "clear lungs", Seed = 7 }, [ShippedGenerator.OneThread]),
            ShippedGenerator.OneThread.Card.Defaults!);
        Assert.Equal((defaults.Width, defaults.Height, defaults.Steps, defaults.Guidance),
            (spec.Width, spec.Height, spec.Steps, spec.Guidance));
        Assert.Equal((defaults.Scheduler, defaults.NativeSize, 7ul), (spec.SchedulerName, spec.NativeSize!.Value, spec.Seed));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1.5, 2)]
    [InlineData(50, 2)]
    public void Resolve_Guidance_DecidesTheRows(double guidance, int rows) =>
        Assert.Equal(rows,
            ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Guidance = guidance }, [ShippedGenerator.OneThread]).RowsPerStep);

    private static MeshException InvalidFields(ImageSpec? spec)
    {
        var refusal = Assert.Throws<MeshException>(() => ImageSpecResolver.Resolve(spec, [ShippedGenerator.OneThread]));
        Assert.Equal(ErrorReasons.InvalidField, refusal.Reason);
        return refusal;
    }
}
