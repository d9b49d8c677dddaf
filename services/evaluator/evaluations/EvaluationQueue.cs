using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Database.Work;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>
/// Runs one evaluation at a time. One that another process left begins anew; the images, classifiers and verdicts that it had are in the cache.
/// </summary>
internal sealed class EvaluationQueue(
    TaskBook tasks, EvaluationFolders folders, MeshPublisher bus, IOptions<EvaluatorOptions> options, Replica replica, TimeProvider clock, IHostApplicationLifetime lifetime,
    ILogger<EvaluationQueue> logger)
    : LeasedWork<Evaluation>(WorkRows.Open(Kind, options.Value, Path.Combine(options.Value.StateFolder, "evaluator.db"), replica, clock), options.Value, clock, lifetime, logger)
{
    private const string Kind = "evaluations";

    protected override async Task RunAsync(WorkRow row, LiveWork<Evaluation> live, CancellationToken cancellation)
    {
        var evaluation = live.Update(_ => EvaluationMap.ToEmptyProto(row)); // what an interrupted attempt found is found again
        using var activity = Telemetry.StartEvaluation(evaluation.Spec);
        using var caller = Caller.Enter(row.Tenant, row.Id);
        Log.Started(logger, evaluation.Name, evaluation.Spec.TaskCase.ToString());
        var run = new EvaluationRun(row.Id, evaluation.Spec, live, folders, Clock, logger);
        try
        {
            await Task.Factory.StartNew(() => EvaluateAsync(run, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        }
        catch (MeshException bad) when (bad.Fields.Count > 0)
        {
            run.Change(e => e.ErrorFields.Add(bad.Fields.Select(f => f.Field)));
            throw;
        }
    }

    protected override async Task<Told> PublishEndAsync(Work<Evaluation> ended, CancellationToken cancellation)
    {
        var (row, id) = (ended.Row, Guid.Parse(ended.Row.Id));
        var sent = row.Stage == WorkStage.Failed
            ? await bus.PublishAsync([new EvaluationFailed(id, row.Tenant, row.Id, row.Error)], cancellation)
            : await bus.PublishAsync([new ModelEvaluated(id, row.Tenant, row.Id, WorkKey.GetCause(row))], cancellation);
        return sent == 0 ? Told.NotPublished : Told.Settled;
    }

    protected override void OnEnded(Work<Evaluation> ended, Exception? error)
    {
        var evaluation = EvaluationMap.ToProto(ended);
        if (error is not null)
            Log.Failed(logger, evaluation.Name, error);
        else if (ended.Row.Stage == WorkStage.Succeeded)
            Log.Succeeded(logger, evaluation.Name, evaluation.Figures.Count);
        else
            Log.Cancelled(logger, evaluation.Name);
        Telemetry.RecordEnd(evaluation);
    }

    protected override Evaluation ParseStatus(string statusJson) => statusJson.Length == 0 ? new Evaluation() : Evaluation.Parser.ParseJson(statusJson);

    protected override string FormatStatus(Evaluation status) => JsonFormatter.Default.Format(status);

    /// <summary>A peer stops too, or ends a call that was cancelled.</summary>
    protected override bool IsCancellation(Exception error) => error is OperationCanceledException or RpcException;

    protected override string DescribeError(Exception error) => error is RpcException rpc ? rpc.Status.Detail : error.Message;

    private Task EvaluateAsync(EvaluationRun run, CancellationToken cancellation)
    {
        Compute.Configure(options.Value.Device, options.Value.Threads);
        return tasks.Find(run.Spec).RunAsync(run, cancellation);
    }
}
