using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting;
using TorchSharp;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>
/// Runs one evaluation at a time, in the order they came. One that was under way when the process stopped is queued again at the next
/// start; the images, classifiers and verdicts that it had are in the cache.
/// </summary>
internal sealed class EvaluationQueue(
    EvaluationStore store, TaskBook tasks, IOptions<EvaluatorOptions> options, TimeProvider clock, ILogger<EvaluationQueue> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);
    private readonly Channel<string> _waiting = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _stops = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <exception cref="MeshException">The queue is full, or the request id was used with another spec.</exception>
    public Evaluation Enqueue(string tenant, string requestId, EvaluationSpec spec)
    {
        lock (_gate)
        {
            if (store.Made(tenant, requestId, spec) is { } made)
                return made;
            if (_waiting.Reader.Count >= options.Value.QueueLimit)
                throw MeshException.Full("evaluation", RetryAfter);
            var (id, evaluation) = store.Add(tenant, requestId, spec);
            Admit(id);
            return evaluation;
        }
    }

    /// <summary>Stops an evaluation: at once if it waits, soon if it runs. One that has ended stays as it is.</summary>
    public Evaluation Cancel(string tenant, string id)
    {
        var evaluation = store.Get(tenant, id);
        if (EvaluationStore.HasEnded(evaluation))
            return evaluation;
        if (_stops.TryGetValue(id, out var stop))
            stop.Cancel();
        return store.Change(id, e =>
        {
            if (e.State == EvaluationState.Queued)
                End(e, EvaluationState.Cancelled);
        });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var left in store.Unfinished)
        {
            store.Change(left, e => e.State = EvaluationState.Queued);
            Admit(left);
        }

        await foreach (var id in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            using var stop = _stops[id];
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, stoppingToken);
            var evaluation = store.Change(id, e => e.State = e.State == EvaluationState.Queued ? EvaluationState.Running : e.State);
            if (evaluation.State == EvaluationState.Running)
                await EvaluateAsync(id, evaluation, linked.Token, stoppingToken);
            _stops.TryRemove(id, out _);
        }
    }

    private async Task EvaluateAsync(string id, Evaluation evaluation, CancellationToken cancellation, CancellationToken stopping)
    {
        using var activity = Telemetry.Evaluate(evaluation.Spec);
        using var caller = Caller.Enter(store.TenantOf(id), id);
        Log.Started(logger, evaluation.Name, evaluation.Spec.TaskCase.ToString());
        try
        {
            var run = new EvaluationRun(id, evaluation.Spec, store, Path.Combine(Path.GetFullPath(options.Value.StateFolder), "evaluator-cache"), clock, logger);
            store.Change(id, Reset);
            await Task.Factory.StartNew(() => Work(run, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            var done = store.Change(id, e => End(e, EvaluationState.Succeeded));
            Log.Succeeded(logger, done.Name, done.Figures.Count);
        }
        catch (Exception e) when (stopping.IsCancellationRequested && e is OperationCanceledException or RpcException) // a peer stops too
        {
            store.Change(id, e => e.State = EvaluationState.Queued);
        }
        catch (Exception e) when (cancellation.IsCancellationRequested && e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            store.Change(id, e => End(e, EvaluationState.Cancelled));
            Log.Cancelled(logger, evaluation.Name);
        }
#pragma warning disable CA1031 // whatever an evaluation dies of is its result; the next one must still be served
        catch (Exception e)
#pragma warning restore CA1031
        {
            store.Change(id, evaluation =>
            {
                End(evaluation, EvaluationState.Failed);
                evaluation.Error = e is RpcException rpc ? rpc.Status.Detail : e.Message;
                evaluation.ErrorFields.Add(e is MeshException bad ? bad.Fields.Select(f => f.Field) : []);
            });
            Log.Failed(logger, evaluation.Name, e);
        }

        Telemetry.Ended(store.Get(store.TenantOf(id), id));
    }

    private Task Work(EvaluationRun run, CancellationToken cancellation)
    {
        torch.set_num_threads(options.Value.Threads);
        return tasks.Of(run.Spec).RunAsync(run, cancellation);
    }

    /// <summary>What an interrupted attempt left is found again.</summary>
    private static void Reset(Evaluation evaluation)
    {
        evaluation.Figures.Clear();
        evaluation.Notes.Clear();
        evaluation.Models.Clear();
        evaluation.Depicts.Clear();
        evaluation.Artifacts.Clear();
    }

    private void End(Evaluation evaluation, EvaluationState state) => (evaluation.State, evaluation.EndTime) = (state, clock.GetUtcNow().ToTimestamp());

    private void Admit(string id)
    {
        _stops[id] = new CancellationTokenSource();
        _waiting.Writer.TryWrite(id);
    }
}
