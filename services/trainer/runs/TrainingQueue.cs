using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Storage.Models;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Recipes;
using TorchSharp;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>
/// Trains one run at a time, in the order they came. A run that was under way when the process stopped is queued again at the next
/// start and goes on from its checkpoint.
/// </summary>
internal sealed class TrainingQueue(
    RunStore runs, RecipeBook recipes, ICaptionWriter captions, IOptions<TrainerOptions> options, TimeProvider clock, ILogger<TrainingQueue> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);
    private readonly Channel<string> _waiting = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _stops = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <exception cref="MeshException">The queue is full, or the request id was used with another plan.</exception>
    public TrainingRecord Enqueue(string tenant, string requestId, TrainingPlan plan)
    {
        lock (_gate)
        {
            if (runs.Made(tenant, requestId, plan) is { } made)
                return made;
            if (_waiting.Reader.Count >= options.Value.QueueLimit)
                throw MeshException.Full("training", RetryAfter);
            var run = runs.Add(tenant, requestId, plan);
            Admit(run.Id);
            return run;
        }
    }

    /// <summary>Stops a run: at once if it waits, after its current step if it trains. One that has ended stays as it is.</summary>
    public TrainingRecord Cancel(string tenant, string id)
    {
        var run = runs.Get(tenant, id);
        if (run.HasEnded)
            return run;
        if (_stops.TryGetValue(id, out var stop))
            stop.Cancel();
        return runs.Change(id, r => r!.State == RunState.Queued ? r with { State = RunState.Cancelled, EndTime = clock.GetUtcNow() } : r);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var left in runs.Unfinished)
        {
            runs.Change(left.Id, r => r! with { State = RunState.Queued });
            Admit(left.Id);
        }

        await foreach (var id in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            using var stop = _stops[id];
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, stoppingToken);
            var run = runs.Change(id, r => r!.State == RunState.Queued ? r with { State = RunState.Running } : r);
            if (run.State == RunState.Running)
                await TrainAsync(run, linked.Token, stoppingToken);
            _stops.TryRemove(id, out _);
        }
    }

    private async Task TrainAsync(TrainingRecord run, CancellationToken cancellation, CancellationToken stopping)
    {
        using var activity = Telemetry.Train(run.Plan);
        Log.Started(logger, run.Id, run.Plan.Recipe, run.Plan.Preset);
        try
        {
            var recipe = recipes.Find(run.Plan.Recipe, run.Plan.Preset);
            var folder = runs.ModelFolder(run);
            var order = new RecipeRun(run.Plan, runs.WorkFolder(run), folder, captions, new Reporter(runs, run.Id));
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            await Task.Factory.StartNew(() => Work(recipe, order, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            var digest = ModelFolder.Open(folder).Digest;
            runs.Change(run.Id, r => r! with { State = RunState.Succeeded, EndTime = clock.GetUtcNow(), ModelFolder = folder, ModelDigest = digest });
            Log.Succeeded(logger, run.Id, folder, digest);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            runs.Change(run.Id, r => r! with { State = RunState.Queued });
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            runs.Change(run.Id, r => r! with { State = RunState.Cancelled, EndTime = clock.GetUtcNow() });
            Log.Cancelled(logger, run.Id);
        }
#pragma warning disable CA1031 // whatever a run dies of is its result; the next run must still be served
        catch (Exception e)
#pragma warning restore CA1031
        {
            runs.Change(run.Id, r => r! with { State = RunState.Failed, EndTime = clock.GetUtcNow(), Error = e.Message });
            Log.Failed(logger, run.Id, e);
        }

        Telemetry.Ended(runs.Get(run.Tenant, run.Id));
    }

    private Task Work(IRecipe recipe, RecipeRun order, CancellationToken cancellation)
    {
        torch.set_num_threads(options.Value.Threads);
        return recipe.RunAsync(order, cancellation);
    }

    private void Admit(string id)
    {
        _stops[id] = new CancellationTokenSource();
        _waiting.Writer.TryWrite(id);
    }

    private sealed class Reporter(RunStore runs, string id) : IProgress<LoopProgress>
    {
        public void Report(LoopProgress value) => runs.Change(id, r => r! with { Progress = value });
    }
}
