using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>The two ends that are not a sealed data set.</summary>
internal sealed class DatasetTerminator(MeshDatabase<BalancerDb> rows, RunningWorkRegistry running, MeshPublisher bus,
    ILogger<DatasetTerminator> logger)
{
    public async Task FailAsync(string tenant, string dataset, Failure failure)
    {
        var failed = await rows.TransactAsync(
            db => db.Datasets.Where(d => d.Id == dataset && (d.Stage == DatasetStage.Assembling || d.Stage == DatasetStage.Sealing))
                .ExecuteUpdateAsync(s => s
                    .SetProperty(d => d.Stage, DatasetStage.Failed)
                    .SetProperty(d => d.Error, failure.Message)
                    .SetProperty(d => d.ErrorReason, failure.Reason)
                    .SetProperty(d => d.Version, d => d.Version + 1)),
            CancellationToken.None);
        if (failed == 0)
            return;
        running.Cancel(dataset);
        Log.DatasetFailed(logger, dataset, failure.Message);
        await bus.PublishAsync([new DatasetFailed(DatasetCorrelationId.Derive(dataset, 0), tenant, dataset, failure.Message)],
            CancellationToken.None);
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
                    s => s.SetProperty(d => d.Stage, DatasetStage.Cancelled).SetProperty(d => d.Version, d => d.Version + 1),
                    cancellation) == 0)
                    throw new MeshException(ErrorReasons.WrongState, $"datasets/{dataset} has ended already: {row.Stage}");
                await db.SaveChangesAsync(cancellation);
                return true;
            },
            cancellation);
        running.Cancel(dataset);
        Log.DatasetCancelled(logger, dataset);
    }
}
