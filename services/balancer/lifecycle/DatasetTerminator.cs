using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>The two ends that are not a sealed data set, and the stop that is no end.</summary>
internal sealed class DatasetTerminator(MeshDatabase<BalancerDb> rows, RunningWorkRegistry running, FailureShareMonitor failures,
    BriefFaultTimer briefFaults, UnusableReportCounter unusable, MeshPublisher bus, ILogger<DatasetTerminator> logger)
{
    public async Task FailAsync(string tenant, string dataset, Fault fault)
    {
        var failed = await rows.TransactAsync(
            db => AtWork(db, dataset).ExecuteUpdateAsync(s => s
                .SetProperty(d => d.Stage, DatasetStage.Failed)
                .SetProperty(d => d.Error, fault.Message)
                .SetProperty(d => d.ErrorReason, fault.Reason)
                .SetProperty(d => d.WaitingTries, 0)
                .SetProperty(d => d.Version, d => d.Version + 1)),
            CancellationToken.None);
        if (failed == 0)
            return;
        StopWork(dataset);
        Log.DatasetFailed(logger, dataset, fault.Message);
        await bus.PublishAsync([new DatasetFailed(DatasetCorrelationId.Derive(dataset, 0), tenant, dataset, fault.Message)],
            CancellationToken.None);
    }

    /// <summary>Pauses the data set where it is: all that was made stays, and it goes on from there when it is resumed.</summary>
    /// <param name="startedMs">A data set that was resumed after this is not paused: what failed began before.</param>
    /// <returns>False where it was resumed since, or is not at work.</returns>
    public async Task<bool> PauseAsync(string tenant, string dataset, Fault fault, long startedMs)
    {
        var paused = await rows.TransactAsync(
            db => AtWork(db, dataset).Where(d => d.ResumedMs <= startedMs).ExecuteUpdateAsync(s => s
                .SetProperty(d => d.PausedIn, d => d.Stage)
                .SetProperty(d => d.Stage, DatasetStage.Paused)
                .SetProperty(d => d.Error, fault.Message)
                .SetProperty(d => d.ErrorReason, fault.Reason)
                .SetProperty(d => d.WaitingTries, 0)
                .SetProperty(d => d.LeaseUntilMs, 0)
                .SetProperty(d => d.Version, d => d.Version + 1)),
            CancellationToken.None);
        if (paused == 0)
            return false;
        StopWork(dataset);
        Log.DatasetPaused(logger, dataset, fault.Reason, fault.Message);
        await bus.PublishAsync(
            [new DatasetPaused(DatasetCorrelationId.Derive(dataset, 0), tenant, dataset, fault.Reason, fault.Message)],
            CancellationToken.None);
        return true;
    }

    /// <exception cref="MeshException">The data set is sealed or has failed already.</exception>
    public async Task CancelAsync(string tenant, string dataset, string requestId, string bodyDigest, long nowMs,
        CancellationToken cancellation)
    {
        await rows.TransactAsync(
            async db =>
            {
                if (await RequestIdempotency.CheckAsync(db, tenant, requestId, bodyDigest, cancellation) is not null)
                    return false;
                var row = await db.Datasets.FirstOrDefaultAsync(d => d.Id == dataset && d.Tenant == tenant, cancellation)
                    ?? throw MeshException.NotFound($"datasets/{dataset}");
                RequestIdempotency.Remember(db, tenant, requestId, bodyDigest, $"datasets/{dataset}", nowMs);
                var open = db.Datasets.Where(d => d.Id == dataset && d.Stage != DatasetStage.Sealed && d.Stage != DatasetStage.Failed);
                if (await open.ExecuteUpdateAsync(
                    s => s.SetProperty(d => d.Stage, DatasetStage.Cancelled)
                        .SetProperty(d => d.WaitingTries, 0)
                        .SetProperty(d => d.Version, d => d.Version + 1),
                    cancellation) == 0)
                    throw new MeshException(ErrorReasons.WrongState, $"datasets/{dataset} has ended already: {row.Stage}");
                await db.SaveChangesAsync(cancellation);
                return true;
            },
            cancellation);
        StopWork(dataset);
        Log.DatasetCancelled(logger, dataset);
    }

    /// <summary>Stops what this process does for the data set; its row says already that it has ended or is paused.</summary>
    public void StopWork(string dataset)
    {
        running.Cancel(dataset);
        failures.Forget(dataset);
        briefFaults.Forget(dataset);
        unusable.Reset(dataset);
    }

    private static IQueryable<DatasetRow> AtWork(BalancerDb db, string dataset) =>
        db.Datasets.Where(d => d.Id == dataset && (d.Stage == DatasetStage.Assembling || d.Stage == DatasetStage.Sealing));
}
