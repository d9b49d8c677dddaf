using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Trainer.V1;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests;

[Collection("torch")]
public sealed class TrainerServiceTests(TrainerFixture process) : IClassFixture<TrainerFixture>
{
    [Fact]
    public async Task CreateTraining_TestJudge_IsWatchedToItsModel()
    {
        var created = await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("watched") });
        var phases = new List<TrainingPhase>();
        TrainingRun run = new();
        using var watch = process.Client.WatchTraining(new WatchTrainingRequest { Name = created.Training.Name },
            deadline: TrainerFixture.In(120));
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
        {
            run = answer.Training;
            phases.Add(run.Statistics?.Phase ?? TrainingPhase.Unspecified);
        }

        Assert.Equal(TrainingState.Succeeded, run.State);
        Assert.Contains(TrainingPhase.Export, phases); // the ones before may be over before the first answer
        var learnt = new HashSet<TrainingPhase>();
        using var curve = process.Client.ReadTrainingCurve(new ReadTrainingCurveRequest { Name = run.Name });
        await foreach (var part in curve.ResponseStream.ReadAllAsync())
            learnt.UnionWith(part.Points.Select(p => p.Phase));
        Assert.Contains(TrainingPhase.Judge, learnt);
        Assert.Equal(ModelFolder.Open(run.ModelFolder).Digest, run.ModelDigest);
        Assert.Equal(run, (await process.Client.GetTrainingAsync(new GetTrainingRequest { Name = run.Name })).Training);
    }

    [Fact]
    public async Task CreateTraining_SameRequestId_IsOneRun()
    {
        var request = new CreateTrainingRequest { Spec = Judge("once"), RequestId = "once" };
        var first = await process.Client.CreateTrainingAsync(request);
        Assert.Equal(first.Training.Name, (await process.Client.CreateTrainingAsync(request)).Training.Name);
        await process.EndOf(first.Training.Name);

        request.Spec.Seed = 99;
        var error = await Assert.ThrowsAsync<RpcException>(async () => await process.Client.CreateTrainingAsync(request));
        Assert.Equal("REQUEST_ID_REUSED", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public async Task CreateTraining_NameOfAnotherTraining_IsRefusedByNameAndNewVersionKeepsBoth()
    {
        var first = await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("taken") });
        var other = Judge("taken");
        other.Seed = 98;

        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = other }));
        var made = await process.EndOf(first.Training.Name);
        var refusedAfterwards = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = other }));
        var request = new CreateTrainingRequest { Spec = other, NewVersion = true, RequestId = "second-version" };
        var second = await process.Client.CreateTrainingAsync(request);
        var again = await process.Client.CreateTrainingAsync(request);
        var newer = await process.EndOf(second.Training.Name);

        foreach (var refusal in new[] { refused, refusedAfterwards })
        {
            Assert.Equal("WRONG_STATE", refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
            Assert.Equal("spec.model_name", refusal.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
            Assert.Contains(first.Training.Name, refusal.Status.Detail, StringComparison.Ordinal);
        }

        Assert.True(newer.State == TrainingState.Succeeded, newer.Failure?.Message);
        Assert.Equal(second.Training.Name, again.Training.Name);
        Assert.Equal(2, newer.Spec.ModelVersion);
        Assert.Equal("2", ModelFolder.Open(newer.ModelFolder).Card.Version);
        var kept = Path.Combine(Path.GetDirectoryName(newer.ModelFolder)!, ".versions", "taken", "1");
        Assert.Equal(made.ModelDigest, ModelFolder.Open(kept).Digest);
        Assert.NotEqual(made.ModelDigest, newer.ModelDigest);
    }

    [Fact]
    public async Task CreateTraining_SameSpecAgain_IsTheSameTraining()
    {
        var first = await process.EndOf((await process.Client.CreateTrainingAsync(
            new CreateTrainingRequest { Spec = Judge("same-again") })).Training.Name);

        var second = await process.EndOf((await process.Client.CreateTrainingAsync(
            new CreateTrainingRequest { Spec = Judge("same-again") })).Training.Name);

        Assert.Equal(first.ModelDigest, second.ModelDigest);
    }

    /// <summary>A version is the trainer's to give.</summary>
    [Fact]
    public async Task CreateTraining_VersionInTheSpec_IsIgnored()
    {
        var spec = Judge("versioned");
        spec.ModelVersion = 7;

        var checkedOnly = await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec, ValidateOnly = true });

        Assert.False(checkedOnly.Training.Spec.HasModelVersion);
    }

    [Theory]
    [InlineData("spec.recipe")]
    [InlineData("spec.preset")]
    [InlineData("spec.data")]
    [InlineData("spec.data[0]")]
    [InlineData("spec.model_name")]
    [InlineData("spec.steps")]
    public async Task CreateTraining_BadField_IsNamed(string field)
    {
        var spec = Judge("bad");
        switch (field)
        {
            case "spec.recipe": spec.Recipe = "alchemy"; break;
            case "spec.preset": spec.Preset = "gigantic"; break;
            case "spec.data": spec.Data.Clear(); break;
            case "spec.data[0]": spec.Data[0] = "/nowhere"; break;
            case "spec.model_name": spec.ModelName = "../up"; break;
            default: spec.Steps = 0; break;
        }

        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal([field], error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(v => v.Field));
    }

    [Theory]
    [InlineData("recipe")]
    [InlineData("preset")]
    [InlineData("source")]
    public async Task CreateTraining_LongName_IsShortenedInTheRefusal(string what)
    {
        var name = new string('n', 5000);
        var spec = new TrainingSpec { Recipe = "convirt", Preset = "test", ModelName = "long" };
        spec.Sources.Add(new DataSource { Layout = "folders", Name = what == "source" ? "/" + name : "/nowhere" });
        if (what == "recipe")
            spec.Recipe = name;
        if (what == "preset")
            spec.Preset = name;

        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec }));

        Assert.InRange(error.Status.Detail.Length, 1, 400);
        Assert.Contains("nnn…'", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTraining_DataThatShowTheFaultOnlyOnceRead_FailTheRunWithTheField()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder["data/dragons"]);
        File.WriteAllBytes(folder["data/dragons/a.png"], ImageCodec.EncodePng(new GrayImage(64, 64, new byte[64 * 64])));
        var spec = new TrainingSpec
        {
            Recipe = "convirt",
            Preset = "test",
            ModelName = "dragons",
            Sources = { new DataSource { Layout = "folders", Name = folder["data"] } },
        };
        var created = await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec });
        var run = await process.EndOf(created.Training.Name);
        Assert.Equal(TrainingState.Failed, run.State);
        Assert.Equal(["spec.sources[0].labels"], run.Failure.Fields);
    }

    /// <summary>Found out at the request, not by a run that fails later.</summary>
    [Theory]
    [InlineData(null, "has no PNG or JPEG file")]
    [InlineData("00000001_000.png", "their labels")]
    public async Task CreateTraining_FolderThatCannotBeLearntFrom_IsRefusedAtOnce(string? file, string why)
    {
        using var folder = new ScratchFolder();
        if (file is not null)
            await File.WriteAllBytesAsync(folder[file], [1]);
        var spec = Judge("nothing");
        spec.Data[0] = folder.Path;
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec }));
        var violation = Assert.Single(error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal("spec.data[0]", violation.Field);
        Assert.Contains(why, violation.Description);
    }

    [Theory]
    [InlineData("")]
    [InlineData("line\n")]
    [InlineData("Upper")]
    public async Task CreateTraining_ModelNameOfAnotherShape_IsNamed(string name)
    {
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge(name), ValidateOnly = true }));
        Assert.Equal(["spec.model_name"], error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(v => v.Field));
    }

    [Fact]
    public async Task CreateTraining_ValidateOnly_MakesNoRun()
    {
        var before = (await process.Client.ListTrainingsAsync(new ListTrainingsRequest { PageSize = 1000 })).Trainings.Count;
        await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("validated"), ValidateOnly = true });
        Assert.Equal(before, (await process.Client.ListTrainingsAsync(new ListTrainingsRequest { PageSize = 1000 })).Trainings.Count);
    }

    [Fact]
    public async Task ListTrainings_PageByPage_GivesEveryRunOnce()
    {
        for (var i = 0; i < 3; i++)
            await process.EndOf(
                (await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("paged", steps: 1) })).Training.Name);
        var names = new List<string>();
        var token = "";
        do
        {
            var page = await process.Client.ListTrainingsAsync(new ListTrainingsRequest { PageSize = 2, PageToken = token });
            Assert.InRange(page.Trainings.Count, 1, 2);
            names.AddRange(page.Trainings.Select(t => t.Name));
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        Assert.Equal(names.Distinct(), names);
        Assert.Equal((await process.Client.ListTrainingsAsync(new ListTrainingsRequest { PageSize = 1000 })).Trainings.Select(t => t.Name),
            names);
    }

    [Fact]
    public async Task CancelTraining_RunningAndWaiting_StopsBothAndTheFullQueueRefuses()
    {
        var long1 =
            (await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("long-one", steps: 100_000) })).Training;
        await StateIs(long1.Name, TrainingState.Running);
        var waiting =
            (await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("long-two", steps: 100_000) })).Training;

        var full = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("too-many") }));
        Assert.Equal(StatusCode.Unavailable, full.StatusCode);
        Assert.NotNull(full.GetRpcStatus()!.GetDetail<RetryInfo>());

        Assert.Equal(TrainingState.Cancelled,
            (await process.Client.CancelTrainingAsync(new CancelTrainingRequest { Name = waiting.Name })).Training.State);
        await process.Client.CancelTrainingAsync(new CancelTrainingRequest { Name = long1.Name });
        Assert.Equal(TrainingState.Cancelled, (await process.EndOf(long1.Name)).State);
    }

    [Fact]
    public async Task Restart_RunUnderWay_GoesOnFromItsCheckpointToTheSameModel()
    {
        var whole = await process.EndOf(
            (await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("whole", steps: 300) })).Training.Name);
        var parts = (await process.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = Judge("parts", steps: 300) })).Training;
        await StepIs(parts.Name, 5);
        await process.RestartAsync();
        var ended = await process.EndOf(parts.Name);
        Assert.Equal(TrainingState.Succeeded, ended.State);
        Assert.Equal(await Weights(whole), await Weights(ended));
    }

    [Theory]
    [InlineData("trainings/../../etc/passwd")]
    [InlineData("datasets/1")]
    [InlineData("trainings/0123456789abcdef0123456789abcdef\n")]
    public async Task GetTraining_NameOfAnotherShape_IsNamed(string name)
    {
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await process.Client.GetTrainingAsync(new GetTrainingRequest { Name = name }));
        Assert.Equal(["name"], error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(v => v.Field));
    }

    private TrainingSpec Judge(string name, long? steps = null)
    {
        var spec = new TrainingSpec { Recipe = "quality-judge", Preset = "test", ModelName = name, Seed = 5, Data = { process.Data } };
        if (steps is { } given)
            spec.Steps = given;
        return spec;
    }

    private static Task<byte[]> Weights(TrainingRun run) => File.ReadAllBytesAsync(Path.Combine(run.ModelFolder, "model.onnx"));

    private async Task StateIs(string name, TrainingState state)
    {
        using var watch = process.Client.WatchTraining(new WatchTrainingRequest { Name = name }, deadline: TrainerFixture.In(60));
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
        {
            if (answer.Training.State == state)
                return;
        }

        Assert.Fail($"{name} ended without being {state}");
    }

    private async Task StepIs(string name, long step)
    {
        using var watch = process.Client.WatchTraining(new WatchTrainingRequest { Name = name }, deadline: TrainerFixture.In(60));
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
        {
            if (answer.Training.Progress?.Done >= step)
                return;
        }

        Assert.Fail($"{name} ended before step {step}");
    }
}
