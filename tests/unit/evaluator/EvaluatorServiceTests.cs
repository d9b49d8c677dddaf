using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Evaluator.Tests.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests;

public sealed class EvaluatorServiceTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public EvaluatorServiceTests() => RenderedRadiographs.WriteSet(_scratch["data"], train: 4, valid: 4);

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<string, string> BadFields => new()
    {
        { "spec", "no task" },
        { "spec.judge_report.judge", "judge" },
        { "spec.judge_report.judge", "unknown judge" },
        { "spec.judge_report.generator", "unknown generator" },
        { "spec.judge_report.data", "no data" },
        { "spec.judge_report.data[0]", "absent data" },
        { "spec.judge_report.data[0]", "data without train and valid" },
        { "spec.judge_report.outside[0]", "absent outside" },
        { "spec.judge_report.prompts", "unknown prompts" },
        { "spec.judge_report.images_per_kind", "too few images" },
        { "spec.judge_report.resamples", "too few resamples" },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public async Task CreateEvaluation_BadInput_IsRefusedWithTheField(string field, string what)
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings());
        var spec = Spec();
        var task = spec.JudgeReport;
        switch (what)
        {
            case "no task": spec = new EvaluationSpec(); break;
            case "judge": task.Judge = ""; break;
            case "unknown judge": task.Judge = "solomon"; break;
            case "unknown generator": task.Generator = "rembrandt"; break;
            case "no data": task.Data.Clear(); break;
            case "absent data": task.Data[0] = _scratch["absent"]; break;
            case "data without train and valid": task.Data[0] = Path.Combine(_scratch["data"], "train"); break;
            case "absent outside": task.Outside.Add(_scratch["absent"]); break;
            case "unknown prompts": task.Prompts = "poems"; break;
            case "too few images": task.ImagesPerKind = 1; break;
            default: task.Resamples = 1; break;
        }

        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await mesh.Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(field, Assert.Single(error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
    }

    [Fact]
    public async Task CreateEvaluation_SameRequestId_GivesTheSameEvaluationAndAnotherBodyIsRefused()
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings());
        var first = await mesh.RunAsync(Spec(), "once");

        var again = (await mesh.Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = Spec(), RequestId = "once" })).Evaluation;
        var other = Spec();
        other.JudgeReport.Seed = 9;
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await mesh.Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = other, RequestId = "once" }));

        Assert.Equal(first, again);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task CreateEvaluation_ValidateOnly_FillsDefaultsAndQueuesNothing()
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings());
        var spec = new EvaluationSpec { GeneratorReport = new GeneratorReportTask { Generator = "painter", Data = { _scratch["data"] } } };

        var filled = (await mesh.Client.CreateEvaluationAsync(
            new CreateEvaluationRequest { Spec = spec, ValidateOnly = true })).Evaluation.Spec.GeneratorReport;

        Assert.Equal(("blocks", "chest", 200, 48, 400, 1200, 1000),
            (filled.Judge, filled.Prompts, filled.ImagesPerClass, filled.ImagesPerFinding, filled.TrainingImagesPerClass,
                filled.ClassifierSteps, filled.Resamples));
        Assert.Empty((await mesh.Client.ListEvaluationsAsync(new ListEvaluationsRequest())).Evaluations);
    }

    [Fact]
    public async Task CancelEvaluation_WhileItDraws_EndsItAndTheNextOneRuns()
    {
        var settings = new EvaluatorPeerSettings { Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], settings);
        var running = (await mesh.Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = Spec() })).Evaluation;
        var waiting = (await mesh.Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = Spec() })).Evaluation;
        using (var watch = mesh.Client.WatchEvaluation(new WatchEvaluationRequest { Name = running.Name }))
        {
            await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            {
                if (answer.Evaluation.Figures.Count > 0)
                    await mesh.Client.CancelEvaluationAsync(new CancelEvaluationRequest { Name = running.Name });
                running = answer.Evaluation;
            }
        }

        Assert.Equal(EvaluationState.Cancelled, running.State);
        settings.Gate.SetResult();
        using var next = mesh.Client.WatchEvaluation(new WatchEvaluationRequest { Name = waiting.Name });
        await foreach (var answer in next.ResponseStream.ReadAllAsync())
            waiting = answer.Evaluation;
        Assert.True(waiting.State == EvaluationState.Succeeded, waiting.Failure?.Message);
        Assert.Equal([waiting.Name, running.Name],
            (await mesh.Client.ListEvaluationsAsync(new ListEvaluationsRequest())).Evaluations.Select(e => e.Name));
    }

    [Fact]
    public async Task GetEvaluation_AfterARestart_IsWhatItWasAndAnUnfinishedOneRunsOn()
    {
        var settings = new EvaluatorPeerSettings();
        Evaluation done, left;
        await using (var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], settings))
        {
            done = await mesh.RunAsync(Spec());
            settings.Gate = new TaskCompletionSource();
            var other = Spec();
            other.JudgeReport.Seed = 2;
            left = (await mesh.Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = other })).Evaluation;
        }

        settings.Gate = null;
        await using var again = await EvaluatorTestMesh.StartAsync(_scratch["state"], settings);
        using var watch = again.Client.WatchEvaluation(new WatchEvaluationRequest { Name = left.Name });
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            left = answer.Evaluation;

        var found = (await again.Client.GetEvaluationAsync(new GetEvaluationRequest { Name = done.Name })).Evaluation;
        found.Progress = done.Progress; // kept in memory only
        Assert.Equal(done, found);
        Assert.True(left.State == EvaluationState.Succeeded, left.Failure?.Message);
    }

    [Fact]
    public async Task GetEvaluation_UnknownOrMalformedName_IsNotFoundOrInvalid()
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings());

        async Task<StatusCode> Get(string name) =>
            (await Assert.ThrowsAsync<RpcException>(
                async () => await mesh.Client.GetEvaluationAsync(new GetEvaluationRequest { Name = name }))).StatusCode;
        using var call = mesh.Client.ReadArtifact(
            new ReadArtifactRequest { Name = $"evaluations/{new string('a', 32)}/artifacts/../../x.json" });
        var artifact = await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseStream.MoveNext(default));

        Assert.Equal(StatusCode.NotFound, await Get($"evaluations/{new string('a', 32)}"));
        Assert.Equal(StatusCode.InvalidArgument, await Get("evaluations/1"));
        Assert.Equal(StatusCode.InvalidArgument, artifact.StatusCode);
    }

    private EvaluationSpec Spec() => new()
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
    };
}
