using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Tests.Engine;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests;

public sealed class RenderingGroupTests
{
    private static ImageGenerator CreateGenerator(int queue) =>
        new(new BatcherOptions("image") { MaxBatch = 8, QueueLimit = queue, MaxDelay = TimeSpan.FromSeconds(1) },
            2, new BatcherMetrics(TestMeters.Factory), TimeProvider.System);

    [Fact]
    public async Task GetImageAsync_OneFails_NamesItsSeedAndCancelsTheOthers()
    {
        await using var generator = CreateGenerator(queue: 8);
        var endless = ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 1, steps: 1000);
        var fails = ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 2) with
        {
            Strength = 0.5,
            Start = new StartImage(() => throw new MeshException(ErrorReasons.ModelOutputNotFinite, "the encoder's words"), null),
        };
        using var group = new RenderingGroup(generator, [endless, fails], namesSeeds: true, 0, new(), CancellationToken.None);
        var failure = await Assert.ThrowsAsync<MeshException>(() => group.GetImageAsync(1));
        Assert.Equal((ErrorReasons.ModelOutputNotFinite, "seeds[1]: the encoder's words"), (failure.Reason, failure.Message));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.GetImageAsync(0));
    }

    [Fact]
    public async Task Admit_QueueThatTakesSomeOfThem_AdmitsNone()
    {
        await using var generator = CreateGenerator(queue: 4); // three newcomers
        Assert.Equal(3, generator.MaxSeeds);
        var spec = ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 1, steps: 1000);
        var many = Enumerable.Repeat(spec, 16).ToList(); // more than queue and batch hold
        var refusal = Assert.Throws<MeshException>(
            () => new RenderingGroup(generator, many, namesSeeds: true, 0, new BatchRowOptions(), CancellationToken.None));
        Assert.Equal(ErrorReasons.QueueFull, refusal.Reason);
        var next = ShippedGenerator.Spec(ShippedGenerator.TwoThreads, 2, steps: 1);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await generator.Admit(next, 0, new BatchRowOptions(), limit.Token).Image;
    }
}
