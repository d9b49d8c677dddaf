using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine;

/// <summary>The same order gives the same bytes whatever it is rendered beside: the promise behind the same root.</summary>
public sealed class OnnxEngineDeterminismTests
{
    private static readonly string[] _prompts =
        ["no acute cardiopulmonary abnormality", "patchy consolidation in the right lower lobe", "bilateral interstitial opacities",
            "clear lungs"];

    private static IEnumerable<ResolvedImageSpec> EightSpecs(OnnxLatentDiffusionEngine model) => Enumerable.Range(0, 8).Select(i =>
        ShippedGenerator.Spec(model, (ulong)i, steps: 2 + (i % 3), guidance: i % 4 == 0 ? 1 : 3 + i,
            scheduler: i % 2 == 0 ? SchedulerNames.DdimAlias : SchedulerNames.DpmSolverAlias, prompt: _prompts[i % 4]));

    private static readonly Lazy<Task<RasterImage[]>> _reference = new(
        () => ShippedGenerator.RenderAsync(1, EightSpecs(ShippedGenerator.OneThread)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    public async Task Admit_LargerBatch_GivesTheBytesOfBatchOne(int batch) =>
        AssertSame(await _reference.Value, await ShippedGenerator.RenderAsync(batch, EightSpecs(ShippedGenerator.OneThread)));

    // Bits, not pixels: rounding to 8 bits could hide a difference that another model would show.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    public async Task PredictAsync_AnyBatchAndThreads_GivesTheSameBits(int threads)
    {
        var one = ShippedGenerator.OneThread;
        using var many = ShippedGenerator.Load(threads);
        var rows = EightSpecs(one).SelectMany(order => { var job = new RenderingState(order, 0); job.Begin(); return job.NextRows(); })
            .ToList();
        var alone = new List<float[]>();
        foreach (var row in rows)
            alone.Add((await one.PredictAsync([row], 16, 16, CancellationToken.None))[0]);
        foreach (var count in new[] { 1, 2, 3, 5, 8, rows.Count })
        {
            var together = await many.PredictAsync(rows[..count], 16, 16, CancellationToken.None);
            for (var i = 0; i < count; i++)
                Assert.True(alone[i].AsSpan().SequenceEqual(together[i]), $"row {i} of {count} in {threads} threads");
        }
    }

    [Fact]
    public async Task Admit_OrderThatJoinsARunningBatch_GivesTheSameBytes()
    {
        await using var generator = new ImageGenerator(new BatcherOptions("image") { MaxBatch = 4, MaxDelay = TimeSpan.Zero },
            2, new BatcherMetrics(TestMeters.Factory), TimeProvider.System);
        using var enough = new CancellationTokenSource();
        var lasting = generator.Admit(ShippedGenerator.Spec(ShippedGenerator.OneThread, 99, steps: 1000), 0, new(), enough.Token);
        var images = new List<RasterImage>();
        foreach (var order in EightSpecs(ShippedGenerator.OneThread).Take(3))
            images.Add(await generator.Admit(order, 0, new BatchRowOptions(), CancellationToken.None).Image);
        Assert.False(lasting.Image.IsCompleted);
        await enough.CancelAsync();
        AssertSame((await _reference.Value)[..3], [.. images]);
        Assert.True(generator.ClosedBatches(BatchCloseReason.Continuing) >= 3);
    }

    [Fact]
    public async Task Admit_OtherSeedPromptGuidanceOrNativeSize_GivesOtherBytes()
    {
        var model = ShippedGenerator.OneThread;
        var spec = ShippedGenerator.Spec(model, 1, steps: 3);
        ResolvedImageSpec[] others = [spec with { Seed = 2 }, spec with { Prompt = "clear lungs" }, spec with { Guidance = 5 },
            spec with { NegativePrompt = "clear lungs" }, spec with { NativeSize = 64 }];
        var images = await ShippedGenerator.RenderAsync(8, others.Prepend(spec));
        for (var i = 1; i < images.Length; i++)
            Assert.False(images[0].Pixels.AsSpan().SequenceEqual(images[i].Pixels), $"change {i} changed nothing");
    }

    private static void AssertSame(RasterImage[] wanted, RasterImage[] got)
    {
        Assert.Equal(wanted.Length, got.Length);
        for (var i = 0; i < wanted.Length; i++)
            Assert.True(wanted[i].Pixels.AsSpan().SequenceEqual(got[i].Pixels), $"order {i} differs");
    }
}
