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
        var evaluation = live.Change(_ => EvaluationMap.Empty(row)); // what an interrupted attempt found is found again
        using var activity = Telemetry.Evaluate(evaluation.Spec);
        using var caller = Caller.Enter(row.Tenant, row.Id);
        Log.Started(logger, evaluation.Name, evaluation.Spec.TaskCase.ToString());
        var run = new EvaluationRun(row.Id, evaluation.Spec, live, folders, Clock, logger);
        try
        {
            await Task.Factory.StartNew(() => Work(run, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        }
        catch (MeshException bad) when (bad.Fields.Count > 0)
        {
            run.Change(e => e.ErrorFields.Add(bad.Fields.Select(f => f.Field)));
            throw;
        }
    }

    protected override async Task<Told> TellAsync(Work<Evaluation> ended, CancellationToken cancellation)
    {
        var (row, id) = (ended.Row, Guid.Parse(ended.Row.Id));
        var sent = row.Stage == WorkStage.Failed
            ? await bus.PublishAsync([new EvaluationFailed(id, row.Tenant, row.Id, row.Error)], cancellation)
            : await bus.PublishAsync([new ModelEvaluated(id, row.Tenant, row.Id, WorkKey.CauseOf(row))], cancellation);
        return sent == 0 ? Told.NotTaken : Told.Settled;
    }

    protected override void Ended(Work<Evaluation> ended, Exception? error)
    {
        var evaluation = EvaluationMap.ToWire(ended);
        if (error is not null)
            Log.Failed(logger, evaluation.Name, error);
        else if (ended.Row.Stage == WorkStage.Succeeded)
            Log.Succeeded(logger, evaluation.Name, evaluation.Figures.Count);
        else
            Log.Cancelled(logger, evaluation.Name);
        Telemetry.Ended(evaluation);
    }

    protected override Evaluation Read(string statusJson) => statusJson.Length == 0 ? new Evaluation() : Evaluation.Parser.ParseJson(statusJson);

    protected override string Write(Evaluation status) => JsonFormatter.Default.Format(status);

    /// <summary>A peer stops too, or ends a call that was cancelled.</summary>
    protected override bool IsStop(Exception error) => error is OperationCanceledException or RpcException;

    protected override string Explain(Exception error) => error is RpcException rpc ? rpc.Status.Detail : error.Message;

    private Task Work(EvaluationRun run, CancellationToken cancellation)
    {
        Compute.Use(options.Value.Device, options.Value.Threads);
        return tasks.Of(run.Spec).RunAsync(run, cancellation);
    }
}
