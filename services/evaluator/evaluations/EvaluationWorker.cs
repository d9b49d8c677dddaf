using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>
/// Runs one evaluation at a time. One that another process abandoned starts again, with images and classifiers from the cache.
/// </summary>
internal sealed class EvaluationWorker(
    EvaluationTaskRegistry tasks, EvaluationSourceResolver sources, EvaluationFolders folders, MeshPublisher bus,
    IOptions<EvaluatorOptions> options, ReplicaIdentity replica, TenantWeights weights, ServerWait wait, TimeProvider clock,
    EvaluatorMetrics metrics, IHostApplicationLifetime lifetime, ILogger<EvaluationWorker> logger)
    : JobWorker<Evaluation>(JobQueue.Open(Kind, options.Value, Path.Combine(options.Value.StateFolder, "evaluator.db"), replica,
        weights, clock), options.Value, wait, clock, lifetime, logger)
{
    private const string Kind = "evaluations";

    protected override async Task RunAsync(JobRow row, RunningJob<Evaluation> live, CancellationToken cancellation)
    {
        var evaluation = live.Update(_ => EvaluationMapping.ToEmptyProto(row)); // what an interrupted attempt found is found again
        using var activity = EvaluatorMetrics.StartEvaluation(evaluation.Spec);
        using var caller = RequestContext.Enter(row.Tenant, row.Id);
        Log.Started(logger, evaluation.Name, evaluation.Spec.TaskCase.ToString());
        var run = new EvaluationRun(row.Tenant, row.Id, evaluation.Spec, live, folders, Clock, logger);
        try
        {
            run.Sources = await sources.CopyAsync(evaluation.Spec, run, cancellation);
            await Task.Factory.StartNew(() => EvaluateAsync(run, cancellation), cancellation, TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            run.Change(e => e.Failure = FailureMapping.ToFailure(error));
            throw;
        }
    }

    protected override async Task<PublishResult> PublishEndAsync(JobView<Evaluation> ended, CancellationToken cancellation)
    {
        var row = ended.Row;
        var id = Guid.Parse(ended.Row.Id);
        var sent = row.Stage == JobStage.Failed
            ? await bus.PublishAsync([new EvaluationFailed(id, row.Tenant, row.Id, row.Error)], cancellation)
            : await bus.PublishAsync([new ModelEvaluated(id, row.Tenant, row.Id, JobKey.GetCause(row))], cancellation);
        return sent == 0 ? PublishResult.NotPublished : PublishResult.Settled;
    }

    protected override void OnEnded(JobView<Evaluation> ended, Exception? error)
    {
        var evaluation = EvaluationMapping.ToProto(ended);
        if (error is not null)
            Log.Failed(logger, evaluation.Name, error);
        else if (ended.Row.Stage == JobStage.Succeeded)
            Log.Succeeded(logger, evaluation.Name, evaluation.Figures.Count);
        else
            Log.Cancelled(logger, evaluation.Name);
        metrics.RecordEnd(evaluation);
    }

    protected override Evaluation ParseStatus(string statusJson) =>
        statusJson.Length == 0 ? new Evaluation() : Evaluation.Parser.ParseJson(statusJson);

    protected override string FormatStatus(Evaluation status) => JsonFormatter.Default.Format(status);

    /// <summary>When the process stops, calls to peers end with these errors too.</summary>
    protected override bool IsCancellation(Exception error) => error is OperationCanceledException or RpcException;

    private async Task EvaluateAsync(EvaluationRun run, CancellationToken cancellation)
    {
        TorchRuntime.Configure(options.Value.Device, options.Value.Threads);
        await tasks.Find(run.Spec).RunAsync(run, cancellation);
        run.KeepFiguresIfTooMany();
    }
}
