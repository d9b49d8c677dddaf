using System.Collections.Concurrent;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Tests.Datasets;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Balancer.Tests.Sealing;

/// <summary>A data set whose spec asks for a training is told of until somebody has taken it up.</summary>
public sealed class SealedDatasetOutboxTests
{
    [Fact]
    public async Task Seal_SpecWithTraining_IsPublishedUntilTheRunIsQueued()
    {
        var trainer = new TrainerStub { IgnoredMessages = 2 };
        await using var mesh = await StartAsync(trainer);
        var spec = BalancerTestMesh.CreateSpec(5);
        spec.Train = new TrainingSpec { Recipe = "convirt", ModelName = "small", Seed = ulong.MaxValue };

        var sealedOne = await mesh.WatchAsync((await mesh.CreateAsync(spec)).Name);
        await UntilAsync(() => Task.FromResult(trainer.Received.Count >= 3));
        await UntilAsync(async () => (await RowAsync(mesh)).PublishDueMs is null);

        Assert.Equal(spec.Train, sealedOne.Spec.Train);
        Assert.Equal("trainings/run",
            (await mesh.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = sealedOne.Name })).Dataset.Training);
        Assert.All(trainer.Received, h => Assert.Equal(sealedOne.Root, h.Root));
        Assert.Equal(3, trainer.Received.Count);
    }

    [Fact]
    public async Task Digest_SpecWithTraining_IsAnotherOneAndWithoutNamesNone()
    {
        var trainer = new TrainerStub();
        await using var mesh = await StartAsync(trainer);
        var (plain, asking) = (BalancerTestMesh.CreateSpec(5), BalancerTestMesh.CreateSpec(5));
        asking.Train = new TrainingSpec { Recipe = "convirt", ModelName = "small" };

        var (first, second) = (await mesh.WatchAsync((await mesh.CreateAsync(plain)).Name),
            await mesh.WatchAsync((await mesh.CreateAsync(asking)).Name));

        Assert.NotEqual(first.SpecDigest, second.SpecDigest);
        await using var db = mesh.Services.GetRequiredService<MeshDatabase<BalancerDb>>().CreateContext();
        var rows = await db.Datasets.OrderBy(d => d.CreatedMs).ToListAsync();
        Assert.DoesNotContain("train", rows[0].ResolvedJson, StringComparison.OrdinalIgnoreCase);
        Assert.Null(rows[0].PublishDueMs);
    }

    [Theory]
    [InlineData("", "m", "spec.train.recipe")]
    [InlineData("convirt", "", "spec.train.model_name")]
    [InlineData("foo", "m", "spec.train.recipe")]
    [InlineData("convirt", "../../x", "spec.train.model_name")]
    [InlineData("gloria", "Upper", "spec.train.model_name")]
    public async Task CreateDataset_TrainingThatTheTrainerWouldRefuse_IsRefusedWithTheField(string recipe, string model, string field)
    {
        await using var mesh = await StartAsync(new TrainerStub());
        var spec = BalancerTestMesh.CreateSpec(5);
        spec.Train = new TrainingSpec { Recipe = recipe, ModelName = model };

        await RefusedCallAssert.NamesAsync(field, () => mesh.CreateAsync(spec));
    }

    /// <summary>What only the trainer knows it is asked for, not hours later.</summary>
    [Fact]
    public async Task CreateDataset_WeightsThatTheTrainerDoesNotHave_AreRefusedWithTheField()
    {
        await using var mesh = await StartAsync(new TrainerStub());
        var spec = BalancerTestMesh.CreateSpec(5);
        spec.Train = new TrainingSpec { Recipe = "convirt", ModelName = "small", ImageWeights = "models/gone" };

        var refusal = await RefusedCallAssert.NamesAsync("spec.train.image_weights", () => mesh.CreateAsync(spec));

        Assert.Contains("there is no such model", refusal.Status.Detail, StringComparison.Ordinal);
        spec.Train.ImageWeights = TrainerPeer.Weights;
        Assert.Equal(spec.Train, (await mesh.CreateAsync(spec)).Spec.Train);
    }

    private static Task<BalancerTestMesh> StartAsync(TrainerStub trainer) =>
        BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions(), bus =>
    {
        bus.AddSingleton(trainer);
        bus.AddConsumer<TrainerStubConsumer>();
    }, "--Balancer:OverdueAfter=00:00:02");

    private static async Task<DatasetRow> RowAsync(BalancerTestMesh mesh)
    {
        await using var db = mesh.Services.GetRequiredService<MeshDatabase<BalancerDb>>().CreateContext();
        return await db.Datasets.SingleAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds())
            await Task.Delay(20, limit.Token);
    }
}

/// <summary>Does not answer the first times.</summary>
internal sealed class TrainerStub
{
    public int IgnoredMessages { get; init; }

    public ConcurrentQueue<DatasetSealed> Received { get; } = [];
}

internal sealed class TrainerStubConsumer(TrainerStub trainer) : IConsumer<DatasetSealed>
{
    public async Task Consume(ConsumeContext<DatasetSealed> context)
    {
        trainer.Received.Enqueue(context.Message);
        if (trainer.Received.Count > trainer.IgnoredMessages)
            await context.Publish(
                new TrainingQueued(context.Message.CorrelationId, context.Message.Tenant, "run", $"datasets/{context.Message.Dataset}"));
    }
}
