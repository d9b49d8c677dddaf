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

    private static readonly Lazy<Task<GrayImage[]>> _reference = new(
        () => ShippedGenerator.RenderAsync(1, EightSpecs(ShippedGenerator.OneThread)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    public async Task Admit_LargerBatch_GivesTheBytesOfBatchOne(int batch) =>
        AssertSame(await _reference.Value, await ShippedGenerator.RenderAsync(batch, EightSpecs(ShippedGenerator.OneThread)));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Admit_TwoThreads_GivesTheBytesOfOneThread(int batch) =>
        AssertSame(await _reference.Value, await ShippedGenerator.RenderAsync(batch, EightSpecs(ShippedGenerator.TwoThreads)));

    // Bits, not pixels: rounding to 8 bits could hide a difference that another model would show.
    [Fact]
    public void Predict_AnyBatchAndThreads_GivesTheSameBits()
    {
        var (one, two) = (ShippedGenerator.OneThread, ShippedGenerator.TwoThreads);
        var rows = EightSpecs(one).SelectMany(order => { var job = new RenderingState(order, 0); job.Begin(); return job.NextRows(); })
            .ToList();
        var alone = rows.Select(row => one.Predict([row], 16, 16)[0]).ToList();
        foreach (var count in new[] { 1, 2, 3, 5, 8, rows.Count })
        {
            var (single, pair) = (one.Predict(rows[..count], 16, 16), two.Predict(rows[..count], 16, 16));
            for (var i = 0; i < count; i++)
            {
                Assert.True(alone[i].AsSpan().SequenceEqual(single[i]), $"row {i} of {count}, one thread");
                Assert.True(alone[i].AsSpan().SequenceEqual(pair[i]), $"row {i} of {count}, two threads");
            }
        }
    }

    [Fact]
    public async Task Admit_OrderThatJoinsARunningBatch_GivesTheSameBytes()
    {
        await using var generator = new ImageGenerator(new BatcherOptions("image") { MaxBatch = 4, MaxDelay = TimeSpan.Zero },
            new BatcherMetrics(TestMeters.Factory), TimeProvider.System);
        using var enough = new CancellationTokenSource();
        var lasting = generator.Admit(ShippedGenerator.Spec(ShippedGenerator.OneThread, 99, steps: 1000), 0, null, false, enough.Token);
        var images = new List<GrayImage>();
        foreach (var order in EightSpecs(ShippedGenerator.OneThread).Take(3))
            images.Add(await generator.Admit(order, 0, null, false, CancellationToken.None).Image);
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

    private static void AssertSame(GrayImage[] wanted, GrayImage[] got)
    {
        Assert.Equal(wanted.Length, got.Length);
        for (var i = 0; i < wanted.Length; i++)
            Assert.True(wanted[i].Pixels.AsSpan().SequenceEqual(got[i].Pixels), $"order {i} differs");
    }
}
