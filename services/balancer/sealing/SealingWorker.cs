using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Seals one data set after the other under a lease that a heartbeat renews; when it dies, another takes over.</summary>
internal sealed class SealingWorker(
    MeshDatabase<BalancerDb> rows, SealSignal signal, DatasetSealer sealer, SealingLease lease, ResolvedDatasetCache contexts,
    FaultHandler faults, RunningWorkRegistry running, SealedDatasetOutbox outbox, ReplicaIdentity replica, CrashInjector crashes,
    BalancerMetrics metrics, IOptions<BalancerOptions> options, TimeProvider clock, ILogger<SealingWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in signal.ReadAllAsync(stoppingToken))
        {
            try
            {
                while (await FindNextAsync(stoppingToken) is { } row)
                    await SealAsync(row, stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                Log.ReconcileFailed(logger, error);
            }
        }
    }

    /// <summary>The oldest data set that waits to be sealed and that nobody seals.</summary>
    private async Task<DatasetRow?> FindNextAsync(CancellationToken cancellation)
    {
        var now = Now();
        await using var db = rows.CreateContext();
        return await db.Datasets.Where(d => d.Stage == DatasetStage.Sealing && d.LeaseUntilMs < now).OrderBy(d => d.CreatedMs)
            .FirstOrDefaultAsync(cancellation);
    }

    private async Task SealAsync(DatasetRow found, CancellationToken stopping)
    {
        if (await lease.AcquireAsync(found, stopping) is not { } row)
            return;
        crashes.CrashAt(CrashPoint.SealingLeased);
        using var scope = running.Enter(row.Id);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(stopping, scope.Ended);
        var startedMs = Now();
        var place = FaultPlace.Context;
        try
        {
            await lease.HoldAsync(row.Id, async held =>
            {
                var dataset = await contexts.GetAsync(row.Tenant, row.Id, held);
                place = FaultPlace.Sealing;
                return await SealAsync(dataset, row, held);
            }, work.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await lease.ReleaseAsync(row.Id, TimeSpan.Zero, 0); // handed back
            throw;
        }
        catch (OperationCanceledException)
        {
            Log.SealingStopped(logger, row.Id); // it has ended, is paused, or is another replica's by now
            await lease.ReleaseAsync(row.Id, TimeSpan.Zero, 0);
        }
        catch (Exception error)
        {
            await HandleAsync(row, error, FaultClassifier.Classify(error, place).During("sealing"), startedMs);
        }
    }

    private async Task HandleAsync(DatasetRow row, Exception error, Fault fault, long startedMs)
    {
        if (fault.Kind == FaultKind.Attempt)
            fault = fault with { Kind = FaultKind.Dataset }; // no attempt is left to make: what was accepted stays accepted
        if (!await faults.ContinuesAsync(row.Tenant, row.Id, fault, startedMs))
        {
            await lease.ReleaseAsync(row.Id, TimeSpan.Zero, 0);
            return;
        }

        var pause = RetryDelayPolicy.DelayAfter(options.Value.RetryAfter, row.SealingTries);
        Log.SealingDelayed(logger, error, row.Id, pause);
        await lease.ReleaseAsync(row.Id, pause, 1);
    }

    /// <returns>False where the row was not this replica's any more.</returns>
    private async Task<bool> SealAsync(ResolvedDataset dataset, DatasetRow row, CancellationToken held)
    {
        var id = row.Id;
        using var caller = RequestContext.Enter(row.Tenant, $"seal-{id}");
        using var activity = BalancerMetrics.StartSpan(id, "dataset.seal");
        var start = clock.GetTimestamp();
        var manifest = await sealer.SealAsync(dataset, row, held);
        var (root, fileBytes) = (manifest.Root, manifest.FilesWithManifest().Sum(f => f.Size));
        var elapsed = clock.GetElapsedTime(start);
        var publishDue = outbox.FirstPublishDueMs(row);
        var done = await rows.TransactAsync(
            db => db.Datasets.Where(d => d.Id == id && d.Stage == DatasetStage.Sealing && d.LeaseOwner == replica.Name)
                .ExecuteUpdateAsync(s => s
                    .SetProperty(d => d.Stage, DatasetStage.Sealed)
                    .SetProperty(d => d.Root, root)
                    .SetProperty(d => d.StoredBytes, d => d.StoredBytes + fileBytes)
                    .SetProperty(d => d.PublishDueMs, publishDue)
                    .SetProperty(d => d.SealedMs, clock.GetUtcNow().ToUnixTimeMilliseconds())
                    .SetProperty(d => d.SealingMs, (long)elapsed.TotalMilliseconds)
                    .SetProperty(d => d.HasSealingFiles, false)
                    .SetProperty(d => d.WaitingTries, 0)
                    .SetProperty(d => d.Version, d => d.Version + 1)),
            CancellationToken.None);
        if (done == 0)
            return false;
        crashes.CrashAt(CrashPoint.DatasetSealed);
        metrics.RecordSeal(elapsed);
        Log.DatasetSealed(logger, id, root, elapsed.TotalSeconds);
        await outbox.PublishAsync(row.Tenant, id, root, CancellationToken.None);
        return true;
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
