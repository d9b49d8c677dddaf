using System.Text.Json;
using Google.Protobuf;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.Tests.Engine;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets.Json;
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
        { "spec.sampling.eta", spec => Sample(spec, SchedulerNames.Ddim, new() { Eta = 1.01 }) },
        { "spec.sampling.eta", spec => Sample(spec, SchedulerNames.Ddim, new() { Eta = double.NaN }) },
        { "spec.sampling.eta", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { Eta = 0 }) },
        { "spec.sampling.use_clipped_model_output", spec => Sample(spec, SchedulerNames.Ddpm, new() { UseClippedModelOutput = false }) },
        { "spec.sampling.guidance_rescale", spec => Sample(spec, SchedulerNames.Ddim, new() { GuidanceRescale = -0.1 }) },
        { "spec.sampling.timesteps", spec => Sample(spec, SchedulerNames.Ddim, new() { Timesteps = { 900, 1 } }) },
        { "spec.sampling.timesteps", spec => Sample(spec, SchedulerNames.Ddpm, new() { Timesteps = { 1, 900 } }) },
        { "spec.sampling.timesteps", spec => Sample(spec, SchedulerNames.Ddpm, new() { Timesteps = { 1000, 1 } }) },
        { "spec.sampling.timesteps", spec => Sample(spec, SchedulerNames.Ddpm, new() { Timesteps = { 500.5 } }) },
        { "spec.sampling.timesteps", spec => Sample(spec, SchedulerNames.Ddpm, new() { Timesteps = { double.NaN } }) },
        { "spec.sampling.timesteps", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { Timesteps = { new double[1001] } }) },
        { "spec.sampling.sigmas", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { Sigmas = { 1, 2, 0 } }) },
        { "spec.sampling.sigmas", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { Sigmas = { 1 } }) },
        { "spec.sampling.sigmas", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { Sigmas = { double.PositiveInfinity, 1 } }) },
        { "spec.sampling.sigmas", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { Timesteps = { 9 }, Sigmas = { 2, 1 } }) },
        { "spec.sampling.sigmas", spec => Sample(spec, SchedulerNames.HeunDiscrete, new() { Sigmas = { 2, 0 } }) },
        { "spec.sampling.s_churn", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { SChurn = -1 }) },
        { "spec.sampling.s_noise", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { SNoise = double.PositiveInfinity }) },
        { "spec.sampling.order", spec => Sample(spec, SchedulerNames.LmsDiscrete, new() { Order = 11 }) },
        { "spec.sampling.original_inference_steps", spec => Sample(spec, SchedulerNames.Lcm, new() { OriginalInferenceSteps = 0 }) },
        { "spec.sampling.mu", spec => Sample(spec, SchedulerNames.Ddim, new() { Mu = 1 }) },
        { "spec.steps", spec => Sample(spec, SchedulerNames.Ddpm, new() { Timesteps = { 900, 1 } }, steps: 3) },
        { "spec.steps", spec => Sample(spec, SchedulerNames.EulerDiscrete, new() { Sigmas = { 9, 1, 0 } }, steps: 3) },
        { "spec.native_size", spec => spec.NativeSize = 225 },
        { "spec.native_size", spec => spec.NativeSize = -1 },
        { "spec.channels", spec => spec.Channels = "rgb" }, // the shipped decoder has none
        { "spec.prompt_overflow", spec => spec.PromptOverflow = (PromptOverflow)9 },
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
    public void Resolve_LongUnknownScheduler_IsShownShortenedAndEscaped()
    {
        var problem = Assert.Single(
            InvalidFields(new ImageSpec { Prompt = "a", Scheduler = "\u202e\n" + new string('x', 100_000) }).Fields).Description;
        Assert.StartsWith($"'\\u202e\\n{new string('x', 111)}…' is not one of DDIMScheduler, ", problem);
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
    [InlineData(SchedulerNames.Ddpm, new[] { 900d, 400, 1 }, new double[0], 3, 3)]
    [InlineData(SchedulerNames.HeunDiscrete, new[] { 900d, 400, 1 }, new double[0], 3, 5)]
    [InlineData(SchedulerNames.EulerDiscrete, new[] { 900.5, 400, 1 }, new double[0], 3, 3)]
    [InlineData(SchedulerNames.EulerDiscrete, new double[0], new[] { 14.6, 2, 0 }, 2, 2)]
    [InlineData(SchedulerNames.FlowMatchEuler, new double[0], new[] { 1, 0.5, 0.25 }, 3, 3)]
    public void Resolve_TimestepsOrSigmasOfTheCallersOwn_GiveTheSteps(string scheduler, double[] timesteps, double[] sigmas, int steps,
        int turns)
    {
        var asked = new ImageSpec { Prompt = "clear lungs" };
        Sample(asked, scheduler, new() { Timesteps = { timesteps }, Sigmas = { sigmas } });
        var spec = ImageSpecResolver.Resolve(asked, [ShippedGenerator.OneThread]);
        var again = ImageSpecResolver.Resolve(DiffusionMapping.ToSpec(spec), [ShippedGenerator.OneThread]);
        Assert.Equal((steps, turns), (spec.Steps, spec.StartPath().Timesteps.Count));
        Assert.Equal(DiffusionMapping.ToSpec(spec), DiffusionMapping.ToSpec(again));
    }

    [Fact]
    public void ToOptions_EverySamplingSetting_ReachesTheScheduler()
    {
        var all = new SamplingSettings
        {
            Eta = 0,
            UseClippedModelOutput = false,
            GuidanceRescale = 0.7,
            Timesteps = { 9, 1 },
            Sigmas = { 2, 1 },
            SChurn = 1,
            STmin = 2,
            STmax = 3,
            SNoise = 4,
            Order = 5,
            OriginalInferenceSteps = 6,
            Mu = 7,
        };
        Assert.Equal(SamplingSettings.Descriptor.Fields.InFieldNumberOrder().Count,
            JsonDocument.Parse(JsonFormatter.Default.Format(all)).RootElement.EnumerateObject().Count());
        var options = SamplingMapping.ToOptions(all);
        var told = typeof(SamplingOptions).GetProperties().Where(property => property.SetMethod is { IsStatic: false }).ToList();
        Assert.Equal(SamplingSettings.Descriptor.Fields.InFieldNumberOrder().Count, told.Count + 1); // all but guidance_rescale
        Assert.All(told, property => Assert.NotNull(property.GetValue(options)));
    }

    [Fact]
    public void Resolve_NoSamplingSetting_LeavesNoneInTheSpec()
    {
        foreach (var sampling in new[] { null, new SamplingSettings() })
        {
            var spec = ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Sampling = sampling }, [ShippedGenerator.OneThread]);
            Assert.DoesNotContain("sampling", ProtoJson.Write(DiffusionMapping.ToSpec(spec)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1.5, 2)]
    [InlineData(50, 2)]
    public void Resolve_Guidance_DecidesTheRows(double guidance, int rows) =>
        Assert.Equal(rows,
            ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Guidance = guidance }, [ShippedGenerator.OneThread]).RowsPerStep);

    private static void Sample(ImageSpec spec, string scheduler, SamplingSettings sampling, int? steps = null)
    {
        (spec.Scheduler, spec.Sampling) = (scheduler, sampling);
        if (steps is { } given)
            spec.Steps = given;
    }

    private static MeshException InvalidFields(ImageSpec? spec)
    {
        var refusal = Assert.Throws<MeshException>(() => ImageSpecResolver.Resolve(spec, [ShippedGenerator.OneThread]));
        Assert.Equal(ErrorReasons.InvalidField, refusal.Reason);
        return refusal;
    }
}
