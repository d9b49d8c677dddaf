using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Seals one data set after the other under a lease that it renews; when it dies, another takes over.</summary>
internal sealed class SealingWorker(
    MeshDatabase<BalancerDb> rows, SealSignal calls, DatasetSealer sealer, ResolvedDatasetCache contexts, DatasetTerminator end,
    RunningWorkRegistry running, SealedDatasetOutbox outbox, ReplicaIdentity replica, CrashInjector crashes,
    BalancerMetrics metrics, IOptions<BalancerOptions> options, TimeProvider clock, ILogger<SealingWorker> logger) : BackgroundService
{
    /// <summary>After a failure that may pass.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in calls.ReadAllAsync(stoppingToken))
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

    private async Task SealAsync(DatasetRow row, CancellationToken stopping)
    {
        if (!await LeaseAsync(row.Id, options.Value.SealingLease, stopping))
            return;
        crashes.CrashAt(CrashPoint.SealingLeased);
        using var piece = running.Enter(row.Id);
        try
        {
            await SealAsync(row, piece, stopping);
        }
        catch (OperationCanceledException) when (piece.Ended.IsCancellationRequested)
        {
            Log.DatasetCancelled(logger, row.Id);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await LeaseAsync(row.Id, TimeSpan.Zero, CancellationToken.None); // handed back
            throw;
        }
        catch (Exception error) when (PeerFailureClassifier.Classify(error) != PeerFailureKind.Transient
            && error is InvalidDataException or SealedDatasetException or MeshException)
        {
            Log.SealingFailed(logger, error, row.Id);
            await end.FailAsync(row.Tenant, row.Id, FailureMapping.ToFailure(error, $"sealing: {error.Message}"));
        }
        catch (Exception error)
        {
            Log.SealingDelayed(logger, error, row.Id);
            await LeaseAsync(row.Id, _pause, CancellationToken.None);
        }
    }

    private async Task SealAsync(DatasetRow row, RunningWorkRegistry.WorkScope piece, CancellationToken stopping)
    {
        var id = row.Id;
        using var caller = RequestContext.Enter(row.Tenant, $"seal-{id}");
        using var activity = BalancerMetrics.StartSpan(id, "dataset.seal");
        using var work = CancellationTokenSource.CreateLinkedTokenSource(stopping, piece.Ended);
        var start = clock.GetTimestamp();
        var renewed = start;
        async Task Alive()
        {
            work.Token.ThrowIfCancellationRequested();
            if (clock.GetElapsedTime(renewed) < options.Value.SealingLease / 4)
                return;
            renewed = clock.GetTimestamp();
            if (!await LeaseAsync(id, options.Value.SealingLease, work.Token))
                throw new OperationCanceledException($"datasets/{id} is sealed by somebody else, or has ended");
        }

        var dataset = await contexts.GetAsync(row.Tenant, id, work.Token);
        var root = await sealer.SealAsync(dataset, row, Alive, work.Token);
        var elapsed = clock.GetElapsedTime(start);
        var publishDue = outbox.FirstPublishDueMs(row);
        var done = await rows.TransactAsync(
            db => db.Datasets.Where(d => d.Id == id && d.Stage == DatasetStage.Sealing && d.LeaseOwner == replica.Name)
                .ExecuteUpdateAsync(s => s
                    .SetProperty(d => d.Stage, DatasetStage.Sealed)
                    .SetProperty(d => d.Root, root)
                    .SetProperty(d => d.PublishDueMs, publishDue)
                    .SetProperty(d => d.SealedMs, clock.GetUtcNow().ToUnixTimeMilliseconds())
                    .SetProperty(d => d.SealingMs, (long)elapsed.TotalMilliseconds)
                    .SetProperty(d => d.Version, d => d.Version + 1)),
            CancellationToken.None);
        if (done == 0)
            return;
        crashes.CrashAt(CrashPoint.DatasetSealed);
        metrics.RecordSeal(elapsed);
        Log.DatasetSealed(logger, id, root, elapsed.TotalSeconds);
        await outbox.PublishAsync(row.Tenant, id, root, stopping);
    }

    /// <summary>Takes the lease, or moves the end of one that is ours.</summary>
    private async Task<bool> LeaseAsync(string id, TimeSpan length, CancellationToken cancellation)
    {
        var now = Now();
        var until = now + (long)length.TotalMilliseconds;
        return await rows.TransactAsync(
            db => db.Datasets.Where(
                d => d.Id == id && d.Stage == DatasetStage.Sealing && (d.LeaseOwner == replica.Name || d.LeaseUntilMs < now))
                .ExecuteUpdateAsync(s => s.SetProperty(d => d.LeaseOwner, replica.Name).SetProperty(d => d.LeaseUntilMs, until),
                    cancellation),
            cancellation) > 0;
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
