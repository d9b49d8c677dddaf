using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Balancer.Reconciliation;

/// <summary>
/// Finds rows whose follow-up is overdue and publishes it again: at start everything unfinished, before the process is
/// <c>ready</c>, then every few seconds. Messages are hints; this is what makes them so.
/// </summary>
internal sealed class DatasetReconciler(
    MeshDatabase<BalancerDb> rows, ServerWait wait, PairDispatcher dispatcher, UnreturnedClaimQueue unreturned, SealSignal sealing,
    SealedDatasetOutbox outbox, IHostApplicationLifetime lifetime, IOptions<BalancerOptions> options, IOptions<MeshOptions> mesh,
    TimeProvider clock, ILogger<DatasetReconciler> logger)
    : BackgroundService, IHealthCheck, IStartPrerequisite
{
    private readonly Lock _gate = new();
    private Task? _opened;
    private volatile bool _ready;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_ready ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("unfinished work is being taken up"));

    /// <summary>Tables first: nothing else of the service works without them.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Opens the rows, once.</summary>
    public Task PrepareAsync(CancellationToken cancellation)
    {
        lock (_gate)
            return _opened ??= OpenAsync(cancellation);
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        await rows.OpenAsync(wait, cancellation);
        await ForgetClaimsAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Bus and peers of the same process are up once the application has started.
        await lifetime.WaitForStartAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.ReconcileEvery, clock);
        do
        {
            try
            {
                await PassAsync(stoppingToken);
                _ready = true;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                Log.ReconcileFailed(logger, error);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PassAsync(CancellationToken cancellation)
    {
        await unreturned.ReturnAllAsync();
        List<DatasetRow> unfinished;
        await using (var db = rows.CreateContext())
        {
            unfinished = await db.Datasets.Where(d => d.Stage == DatasetStage.Assembling || d.Stage == DatasetStage.Sealing)
                .OrderBy(d => d.CreatedMs).ToListAsync(cancellation);
        }

        foreach (var dataset in unfinished)
        {
            if (dataset.Stage == DatasetStage.Sealing)
                sealing.Wake();
            else
                await dispatcher.DispatchShardAsync(dataset.Id, cancellation);
        }

        if (unfinished.Count > 0)
            await dispatcher.DispatchPairsAsync(cancellation);
        await outbox.PublishOverdueAsync(cancellation);
    }

    /// <summary>
    /// What was claimed before this process started: a message in memory ended with its process, and a database that is not
    /// shared has no other process that could hold a lease. In all other cases claims run out, or the broker hands the message over again.
    /// </summary>
    private async Task ForgetClaimsAsync(CancellationToken cancellation)
    {
        if (!rows.IsShared)
        {
            await rows.TransactAsync(
                db => db.Datasets.Where(d => d.Stage == DatasetStage.Sealing)
                    .ExecuteUpdateAsync(s => s.SetProperty(d => d.LeaseUntilMs, 0).SetProperty(d => d.SealingTries, 0), cancellation),
                cancellation);
        }

        if (mesh.Value.Bus != BusNames.Memory)
            return;
        var unfinished = await rows.TransactAsync(
            async db =>
            {
                await db.Datasets.Where(d => d.PublishDueMs > 0)
                    .ExecuteUpdateAsync(s => s.SetProperty(x => x.PublishDueMs, 0), cancellation);
                await db.Shards.Where(s => !s.Done && s.DueMs > 0)
                    .ExecuteUpdateAsync(s => s.SetProperty(x => x.DueMs, 0).SetProperty(x => x.Tries, 0), cancellation);
                return await db.Pairs.Where(p => p.Stage < PairStage.Judged)
                    .ExecuteUpdateAsync(s => s.SetProperty(p => p.DueMs, 0).SetProperty(p => p.Tries, 0), cancellation);
            },
            cancellation);
        if (unfinished > 0)
            Log.UnfinishedPairsResumed(logger, unfinished);
    }
}
