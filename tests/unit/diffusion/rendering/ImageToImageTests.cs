using Google.Protobuf;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.Tests.Engine;
using SynCxr.Mesh.Diffusion.Tests.Engine.Exports;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Rendering;

/// <summary>Image-to-image and in-painting, with an autoencoder that keeps images of 8 x 8 squares as they are.</summary>
public sealed class ImageToImageTests : IDisposable
{
    private const int Side = 64;
    private readonly TinyExport _export = new TinyExport().AddAutoencoder();
    private readonly OnnxLatentDiffusionEngine _model;
    private readonly ProcessorWorkPool _pool = new("start image", 1, 8, TimeSpan.FromMinutes(1), "Diffusion:WorkLimit",
        new ConcurrencyLimiterMetrics(TestMeters.Factory), TimeProvider.System);
    private readonly StartImageReader _reader;

    public ImageToImageTests()
    {
        _model = _export.Load();
        _reader = new StartImageReader(new FolderObjectStore(Path.GetTempPath()), _pool);
    }

    public static TheoryData<string> Schedulers => [.. SchedulerNames.All.Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        _model.Dispose();
        _export.Dispose();
        _pool.Dispose();
    }

    [Theory]
    [MemberData(nameof(Schedulers))]
    public async Task Render_FullStrength_IsTextToImage(string scheduler)
    {
        var (text, image) = (await RenderAsync(Spec(scheduler)), await RenderAsync(Spec(scheduler, strength: 1)));
        Assert.Equal(text.Pixels, image.Pixels);
        var middle = new RenderingState(await ResolveAsync(Spec(scheduler, strength: 0.6)), 0);
        var start = new RenderingState(await ResolveAsync(Spec(scheduler)), 0);
        middle.EncodeImage();
        middle.Begin();
        start.Begin();
        Assert.False(start.Latent.SequenceEqual(middle.Latent));
        Assert.InRange(middle.Turns, 3, 5); // of 5 steps, some of two evaluations
    }

    [Theory]
    [MemberData(nameof(Schedulers))]
    public async Task Render_NoStrength_EncodesAndDecodesWithoutAStep(string scheduler)
    {
        foreach (var strength in new[] { 0, 0.19 }) // of five steps less than one
        {
            var resolved = await ResolveAsync(Spec(scheduler, strength));
            Assert.Equal(0, new RenderingState(resolved, 0).Turns);
            Assert.Equal(Picture().Pixels, (await ShippedGenerator.RenderAsync(1, [resolved]))[0].Pixels);
        }
    }

    [Fact]
    public async Task Render_LessStrength_ComesCloserToTheImage()
    {
        var last = double.PositiveInfinity;
        foreach (var (strength, turns) in new[] { (0.2, 100), (0.02, 10), (0.002, 1) })
        {
            var spec = Spec(SchedulerNames.Ddim, strength);
            spec.Steps = 500;
            var resolved = await ResolveAsync(spec);
            Assert.Equal(turns, new RenderingState(resolved, 0).Turns);
            var image = (await ShippedGenerator.RenderAsync(1, [resolved]))[0];
            var difference = image.Pixels.Zip(Picture().Pixels, (a, b) => Math.Abs(a - b)).Average();
            Assert.InRange(difference, 0, 0.9 * last);
            last = difference;
        }
        Assert.InRange(last, 1, 30); // the noise of timestep 1, of which the network takes next to nothing away
    }

    [Theory]
    [MemberData(nameof(Schedulers))]
    public async Task Render_BlackMask_KeepsTheImage(string scheduler)
    {
        foreach (var strength in new[] { 0.6, 1 })
            Assert.Equal(Picture().Pixels, (await RenderAsync(Spec(scheduler, strength, Mask(_ => 0)))).Pixels);
    }

    [Theory]
    [MemberData(nameof(Schedulers))]
    public async Task Render_HalfAMask_RedrawsTheWhiteHalfAlone(string scheduler)
    {
        foreach (var strength in new[] { 0.6, 1 })
        {
            var image = await RenderAsync(Spec(scheduler, strength, Mask(x => x < Side / 2 ? 0 : 255)));
            Assert.Equal(0, LargestDifference(Picture(), image, x => x < Side / 2));
            Assert.InRange(LargestDifference(Picture(), image, x => x >= Side / 2), 5, 255);
            var white = await RenderAsync(Spec(scheduler, strength, Mask(_ => 255)));
            Assert.Equal((await RenderAsync(Spec(scheduler, strength))).Pixels, white.Pixels);
        }
    }

    [Fact]
    public async Task Render_Previews_ShowWhatTheMaskKeeps()
    {
        var state = new RenderingState(await ResolveAsync(Spec(SchedulerNames.Ddim, 1, Mask(x => x < Side / 2 ? 0 : 255))), 1);
        state.EncodeImage();
        state.Begin();
        state.Advance([.. await _model.PredictAsync([.. state.NextRows()], Side / 8, Side / 8, CancellationToken.None)]);
        Assert.True(state.Steps.TryRead(out var step));
        Assert.Equal(0, LargestDifference(Picture(), step.Preview!, x => x < Side / 2));
    }

    [Theory]
    [InlineData(127, false)]
    [InlineData(128, true)]
    public void ToRedrawn_Gray_IsWhiteFromHalfOn(byte shade, bool isRedrawn)
    {
        var pixels = new byte[16 * 24];
        pixels[(8 * 24) + 16] = shade; // the first pixel of the last of 2 x 3 squares
        Assert.Equal([false, false, false, false, false, isRedrawn], StartImage.ToRedrawn(new GrayImage(24, 16, pixels), 8));
    }

    [Fact]
    public async Task Render_GrayImage_IsRepeatedInEachColour()
    {
        var gray = ImageCodec.EncodePng(Picture().GetPlane(1));
        var spec = Spec(SchedulerNames.Ddim, strength: 0);
        spec.Image = new ImageSource { Content = ByteString.CopyFrom(gray) };
        var image = await RenderAsync(spec);
        Assert.Equal(3, image.Channels);
        Assert.All(Enumerable.Range(0, 3), channel => Assert.Equal(Picture().GetPlane(1).Pixels, image.GetPlane(channel).Pixels));
    }

    [Fact]
    public async Task Render_AmongOthers_GivesTheSameBytes()
    {
        var specs = new List<ResolvedImageSpec>();
        for (var i = 0; i < 6; i++)
        {
            var spec = i % 3 == 0 ? Spec(SchedulerNames.EulerDiscrete)
                : Spec(SchedulerNames.Ddim, 0.2 * i, i % 3 == 1 ? null : Mask(x => x % 16 < 8 ? 0 : 255));
            (spec.Seed, spec.Steps) = ((ulong)i, 3 + i);
            specs.Add(await ResolveAsync(spec));
        }
        var (alone, among) = (await ShippedGenerator.RenderAsync(1, specs), await ShippedGenerator.RenderAsync(6, specs));
        Assert.Equal(alone.Select(image => image.Pixels), among.Select(image => image.Pixels));
    }

    [Fact]
    public async Task Resolve_ImageAlone_HasStrengthFourFifthsAndComesBackByReference()
    {
        var spec = Spec(SchedulerNames.Ddim, mask: Mask(_ => 0));
        spec.Image = Content(Picture());
        var filled = DiffusionMapping.ToSpec(await ResolveAsync(spec));
        Assert.Equal(0.8, filled.Strength);
        Assert.Equal(ObjectAddress.Create("local", spec.Image.Content.Span).Uri, filled.Image.Ref.Uri);
        Assert.Equal(ObjectAddress.Create("local", spec.Mask.Content.Span).Uri, filled.Mask.Ref.Uri);
        var without = DiffusionMapping.ToSpec(await ResolveAsync(Spec(SchedulerNames.Ddim)));
        Assert.Equal((null, null, false), (without.Image, without.Mask, without.HasStrength));
    }

    [Theory]
    [InlineData("spec.strength", -0.01, true, false, "from 0 to 1")]
    [InlineData("spec.strength", 1.01, true, false, "from 0 to 1")]
    [InlineData("spec.strength", double.NaN, true, false, "from 0 to 1")]
    [InlineData("spec.strength", 0.5, false, false, "needs an image")]
    [InlineData("spec.mask", null, false, true, "needs an image")]
    public void Resolve_BadField_NamesIt(string field, double? strength, bool hasImage, bool hasMask, string problem)
    {
        var spec = new ImageSpec { Prompt = "a" };
        if (strength is { } given)
            spec.Strength = given;
        (spec.Image, spec.Mask) = (hasImage ? Content(Picture()) : null, hasMask ? Content(Picture()) : null);
        var refusal = Assert.Throws<MeshException>(() => ImageSpecResolver.Resolve(spec, [_model]));
        Assert.Equal(field, Assert.Single(refusal.Fields).Field);
        Assert.Contains(problem, refusal.Message);
    }

    [Theory]
    [InlineData("spec.image", "Give either ref or content")]
    [InlineData("spec.image.content", "is empty")]
    [InlineData("spec.image.content", "is a truncated PNG")]
    [InlineData("spec.image.content", "is 8 x 8 pixels; it must be 64 x 64")]
    [InlineData("spec.mask.content", "is 8 x 8 pixels; it must be 64 x 64")]
    [InlineData("spec.image.ref.uri", "must read objects/{tenant}/{sha256}")]
    public async Task AddAsync_BadFile_NamesField(string field, string problem)
    {
        var spec = Spec(SchedulerNames.Ddim, strength: 0.5);
        var bad = new ImageSource();
        if (field.EndsWith("uri", StringComparison.Ordinal))
            bad.Ref = new() { Uri = "objects/x" };
        else if (problem.Contains("8 x 8", StringComparison.Ordinal))
            bad = Content(new RasterImage(8, 8, 1, new byte[64]));
        else if (field.EndsWith("content", StringComparison.Ordinal))
            bad.Content = problem == "is empty" ? ByteString.Empty : ByteString.CopyFrom(Content(Picture()).Content.Span[..^20]);
        if (field.StartsWith("spec.mask", StringComparison.Ordinal))
            spec.Mask = bad;
        else
            spec.Image = bad;
        var refusal = await Assert.ThrowsAsync<MeshException>(() => ResolveAsync(spec));
        Assert.Equal((ErrorReasons.InvalidField, field), (refusal.Reason, Assert.Single(refusal.Fields).Field));
        Assert.Contains(problem, refusal.Message);
    }

    [Fact]
    public void Resolve_RungeKuttaInTheMiddle_NamesStrength()
    {
        _export.Replace("scheduler/scheduler_config.json", ("\"skip_prk_steps\": true", "\"skip_prk_steps\": false"));
        using var model = _export.Load();
        var spec = Spec(SchedulerNames.Pndm, strength: 0.5);
        Assert.Equal("spec.strength",
            Assert.Single(Assert.Throws<MeshException>(() => ImageSpecResolver.Resolve(spec, [model])).Fields).Field);
        foreach (var strength in new[] { 0, 1 })
            Assert.NotNull(ImageSpecResolver.Resolve(Spec(SchedulerNames.Pndm, strength), [model]));
    }

    [Theory]
    [InlineData(SchedulerNames.Ddpm, true, 0.5, 2)] // of four timesteps
    [InlineData(SchedulerNames.EulerDiscrete, false, 0.7, 2)] // of three steps between four levels
    public void Resolve_LevelsOfTheCallersOwn_AreCountedAsSteps(string scheduler, bool areTimesteps, double strength, int turns)
    {
        var spec = Spec(scheduler, strength);
        spec.ClearSteps();
        spec.Sampling = areTimesteps ? new() { Timesteps = { 900, 600, 300, 1 } } : new() { Sigmas = { 9, 3, 1, 0 } };
        Assert.Equal(turns, new RenderingState(ImageSpecResolver.Resolve(spec, [_model]), 0).Turns);
    }

    private static RasterImage Picture()
    {
        var pixels = new byte[Side * Side * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(((i / 3 / Side / 8) + (i / 3 % Side / 8)) * 16 * ((i % 3) + 1) / 3);
        return new RasterImage(Side, Side, 3, pixels);
    }

    private static RasterImage Mask(Func<int, int> shade) =>
        new(Side, Side, 1, [.. Enumerable.Range(0, Side * Side).Select(i => (byte)shade(i % Side))]);

    private static ImageSource Content(RasterImage image) => new() { Content = ByteString.CopyFrom(ImageCodec.EncodePng(image)) };

    private static ImageSpec Spec(string scheduler, double? strength = null, RasterImage? mask = null)
    {
        var spec = new ImageSpec
        {
            Prompt = "a",
            Scheduler = scheduler,
            Steps = 5,
            Guidance = 3,
            Seed = 9,
            Channels = ImageChannelNames.Rgb,
        };
        if (strength is { } given)
            (spec.Image, spec.Strength) = (Content(Picture()), given);
        spec.Mask = mask is null ? null : Content(mask);
        return spec;
    }

    private Task<ResolvedImageSpec> ResolveAsync(ImageSpec spec) =>
        _reader.AddAsync(ImageSpecResolver.Resolve(spec, [_model]), spec, new TestServerCall());

    private async Task<RasterImage> RenderAsync(ImageSpec spec) =>
        (await ShippedGenerator.RenderAsync(1, [await ResolveAsync(spec)]))[0];

    private static int LargestDifference(RasterImage wanted, RasterImage got, Func<int, bool> isCompared) =>
        Enumerable.Range(0, wanted.Pixels.Length).Where(i => isCompared(i / wanted.Channels % wanted.Width))
            .Max(i => Math.Abs(wanted.Pixels[i] - got.Pixels[i / wanted.Channels * got.Channels + (i % got.Channels)]));
}
