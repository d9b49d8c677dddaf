using Google.Protobuf;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Evaluator.Tests.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Bus;
using SynCxr.Mesh.Testkit.Sealed;
using SynCxr.Mesh.Trainer.V1;
using Xunit;
using Struct = Google.Protobuf.WellKnownTypes.Struct;

namespace SynCxr.Mesh.Evaluator.Tests.Submission;

/// <summary>
/// DatasetSealed, TrainModel, ModelTrained, EvaluateModel, ModelEvaluated: each leads to one thing, whatever is lost or doubled on the way.
/// </summary>
public sealed class TriggerTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public TriggerTests() => RenderedRadiographs.WriteSet(_scratch["data"], train: 4, valid: 4);

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("every message once")]
    [InlineData("one in three lost, one in three twice")]
    public async Task DatasetSealed_WhateverIsLostOrDoubled_IsTrainedOnOnceAndEvaluatedOnce(string bus)
    {
        var lossy = bus == "every message once" ? new LossyDelivery { IsLost = _ => false, IsDoubled = _ => false } : new LossyDelivery();
        await using var mesh = await TrainerEvaluatorMesh.StartAsync(_scratch["state"], Dataset(), lossy);

        // As the balancer does: until the trainer says that the run is queued.
        do
            await SealedAsync(mesh);
        while (!await HeardAsync<TrainingQueued>(mesh, m => m.Cause == "datasets/one"));
        await Until(async () => (await EvaluationsOf(mesh)).Any(e => e.State is EvaluationState.Succeeded or EvaluationState.Failed));
        await SealedAsync(mesh); // late ones
        await SealedAsync(mesh);
        await Until(async () => (await RowsAsync()).All(r => r.PublishDueMs is null)); // nobody asks for anything any more

        var training = Assert.Single((await mesh.Trainings.ListTrainingsAsync(new ListTrainingsRequest())).Trainings);
        var evaluation = Assert.Single(await EvaluationsOf(mesh));
        Assert.True(training.State == TrainingState.Succeeded, training.Failure?.Message);
        Assert.True(evaluation.State == EvaluationState.Succeeded, evaluation.Failure?.Message);
        Assert.Equal(("datasets/one", training.Name + "/0"), (training.Cause, evaluation.Cause));
        Assert.NotEmpty(evaluation.Figures);
        Assert.True(lossy.Count > 5, "the filter saw no messages");
        if (bus == "every message once")
            // once or, where the answer took long, again
            Assert.Equal([training.ModelDigest], mesh.Events.All.OfType<ModelTrained>().Select(m => m.Digest).Distinct());
        if (lossy.IsLost(3))
            return; // the last event may be the one that is lost: nothing has to come of it
        await Until(() => Task.FromResult(mesh.Events.All.OfType<ModelEvaluated>().Any()));
        Assert.All(mesh.Events.All.OfType<ModelEvaluated>(), e => Assert.Equal(evaluation.Name, "evaluations/" + e.Evaluation));
    }

    [Fact]
    public async Task TrainModel_SameMessageManyTimes_IsOneRun()
    {
        await using var mesh = await TrainerEvaluatorMesh.StartAsync(_scratch["state"], Dataset(),
            new LossyDelivery { IsLost = _ => false, IsDoubled = _ => true });
        var spec = Training();
        spec.Data.Add(Path.Combine(_scratch["data"], "train"));
        spec.Evaluate.Clear();
        var first = new TrainModel(NewId.NextGuid(), "local", JsonFormatter.Default.Format(spec));
        var second = new TrainModel(NewId.NextGuid(), "local", JsonFormatter.Default.Format(spec));

        foreach (var message in new[] { first, first, first, second, first })
            await mesh.Bus.Publish(message);

        await Until(async () => (await RowsAsync()).Count == 2 && (await RowsAsync()).All(r => r.HasEnded && r.PublishDueMs is null));
        Assert.All(await RowsAsync(), r => Assert.True(r.Stage == JobStage.Succeeded, r.Error));
        Assert.Equal(new[] { first, second }.Select(m => $"event/messages/{m.CorrelationId:N}").Order(),
            (await RowsAsync()).Select(r => r.Key!).Order());
    }

    [Fact]
    public async Task TrainModel_SpecThatCantBeMet_IsARunThatSaysWhy()
    {
        await using var mesh = await TrainerEvaluatorMesh.StartAsync(_scratch["state"], Dataset(),
            new LossyDelivery { IsLost = _ => false, IsDoubled = _ => false });
        var spec = Training();
        spec.Data.Add("/nowhere");

        await mesh.Bus.Publish(new TrainModel(NewId.NextGuid(), "local", JsonFormatter.Default.Format(spec)));

        await Until(() => Task.FromResult(mesh.Events.All.OfType<TrainingFailed>().Any()));
        var run = Assert.Single((await mesh.Trainings.ListTrainingsAsync(new ListTrainingsRequest())).Trainings);
        Assert.Equal(TrainingState.Failed, run.State);
        Assert.StartsWith("spec.data[0]: ", run.Failure.Message, StringComparison.Ordinal);
    }

    private ImageReportDataset Dataset() => new()
    {
        Name = "datasets/one",
        State = DatasetState.Sealed,
        Location = SealedSetFixture.Folder,
        Root = SealedSetFixture.Root,
        Spec = new DatasetSpec { Pairs = 4, Train = DatasetTraining() },
    };

    private TrainingSpec DatasetTraining()
    {
        var spec = Training();
        spec.Recipe = "convirt";
        return spec;
    }

    private TrainingSpec Training() => new()
    {
        Recipe = "quality-judge",
        Preset = "test",
        ModelName = "triggered",
        Steps = 3,
        Evaluate = { Struct.Parser.ParseJson(JsonFormatter.Default.Format(new EvaluationSpec
        {
            JudgeReport = new JudgeReportTask
            {
                Judge = "blocks",
                Data = { _scratch["data"] },
                Seed = 1,
                ImagesPerKind = 4,
                GeneratedImages = 4,
                Resamples = 20,
            },
        })) },
    };

    private async Task<List<JobRow>> RowsAsync()
    {
        await using var db = JobDb.Open(new Trainer.TrainerOptions(), Path.Combine(_scratch["state"], "trainer.db"), TimeProvider.System)
            .CreateContext();
        return await db.Jobs.ToListAsync();
    }

    private static Task SealedAsync(TrainerEvaluatorMesh mesh) =>
        mesh.Bus.Publish(new DatasetSealed(NewId.NextGuid(), "local", "one", "root"));

    private static async Task<IReadOnlyList<Evaluation>> EvaluationsOf(TrainerEvaluatorMesh mesh) =>
        (await mesh.Evaluations.ListEvaluationsAsync(new ListEvaluationsRequest())).Evaluations;

    private static async Task<bool> HeardAsync<T>(TrainerEvaluatorMesh mesh, Func<T, bool> which)
    {
        for (var i = 0; i < 20; i++)
        {
            if (mesh.Events.All.OfType<T>().Any(which))
                return true;
            await Task.Delay(50);
        }

        return false;
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (!await holds())
            await Task.Delay(50, limit.Token);
    }
}
