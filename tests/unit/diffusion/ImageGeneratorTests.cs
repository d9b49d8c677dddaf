using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Tests.Engine;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests;

public sealed class ImageGeneratorTests
{
    private static ImageGenerator CreateGenerator(int batch = 4, int queue = 4) =>
        new(new BatcherOptions("image") { MaxBatch = batch, QueueLimit = queue, MaxDelay = TimeSpan.Zero },
            2, new BatcherMetrics(TestMeters.Factory), TimeProvider.System);

    [Fact]
    public async Task Admit_WithPreviews_ReportsEveryStepAndEverySecondImage()
    {
        await using var generator = CreateGenerator();
        var rendering = generator.Admit(ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 1, steps: 5), 2, new BatchRowOptions(),
            CancellationToken.None);
        var steps = await rendering.Steps(CancellationToken.None).ToListAsync();
        var image = await rendering.Image;
        Assert.Equal([1, 2, 3, 4, 5], steps.Select(step => step.Step));
        Assert.All(steps, step => Assert.Equal(5, step.Total));
        Assert.Equal([false, true, false, true, false], steps.Select(step => step.Preview is not null));
        Assert.Equal((64, 64), (steps[1].Preview!.Width, steps[1].Preview!.Height));
        Assert.NotEqual(image.Pixels, steps[1].Preview!.Pixels);
        Assert.NotEqual(steps[1].Preview!.Pixels, steps[3].Preview!.Pixels);
    }

    [Fact]
    public async Task Cancel_RunningRendering_EndsItsStepsAndFreesItsPlace()
    {
        await using var generator = CreateGenerator(batch: 1);
        using var cancel = new CancellationTokenSource();
        var endless = generator.Admit(ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 1, steps: 1000), 0, new(), cancel.Token);
        await using var steps = endless.Steps(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await steps.MoveNextAsync());
        var next = generator.Admit(ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 2, steps: 1), 0, new(), CancellationToken.None);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless.Image);
        await next.Image;
        var seen = 1;
        while (await steps.MoveNextAsync())
            seen++;
        Assert.InRange(seen, 1, 100);
    }

    [Fact]
    public async Task Admit_DeadlineThatTheMeasuredRateCannotMeet_IsRefusedAtOnce()
    {
        await using var generator = CreateGenerator();
        await generator.Admit(ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 1), 0, new(), CancellationToken.None).Image;
        var refusal = Assert.Throws<MeshException>(() =>
            generator.Admit(ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 1, steps: 1000), 0,
                new BatchRowOptions { Deadline = TimeProvider.System.GetUtcNow().AddMilliseconds(500) }, CancellationToken.None));
        Assert.Equal(ErrorReasons.DeadlineUnmeetable, refusal.Reason);
    }

    [Fact]
    public async Task Admit_FullQueue_IsRefusedWithPushBack()
    {
        await using var generator = CreateGenerator(batch: 1, queue: 1);
        using var cancel = new CancellationTokenSource();
        var running = generator.Admit(ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 1, steps: 1000), 0, new(), cancel.Token);
        await running.Steps(CancellationToken.None).FirstAsync();
        Assert.Equal(1, generator.Admit(ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 2), 0, new(), cancel.Token).Position);
        var refusal = Assert.Throws<MeshException>(
            () => generator.Admit(ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 3), 0, new BatchRowOptions(), cancel.Token));
        Assert.Equal(ErrorReasons.QueueFull, refusal.Reason);
        Assert.InRange(refusal.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        await cancel.CancelAsync();
    }

    [Fact]
    public async Task Admit_LongPrompt_IsCountedAndMarked()
    {
        await using var generator = CreateGenerator();
        var rendering = generator.Admit(
            ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 1, prompt: string.Join(' ', Enumerable.Repeat("opacity", 200))), 0,
            new BatchRowOptions(), CancellationToken.None);
        await rendering.Image;
        Assert.InRange(rendering.PromptTokens, 202, 2000);
        Assert.True(rendering.PromptTruncated);
    }
}
