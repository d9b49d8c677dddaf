using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>Lets a paused data set go on in the stage that it was paused in.</summary>
internal sealed class DatasetResumer(MeshDatabase<BalancerDb> rows, PairDispatcher dispatcher, SealSignal sealing,
    ILogger<DatasetResumer> logger)
{
    /// <exception cref="MeshException">
    /// NOT_FOUND; WRONG_STATE: the data set is not paused; REQUEST_ID_REUSED: the id was used with another request.
    /// </exception>
    public async Task ResumeAsync(string tenant, string dataset, string requestId, string bodyDigest, long nowMs,
        CancellationToken cancellation)
    {
        var isResumed = await rows.TransactAsync(
            async db =>
            {
                if (await RequestIdempotency.CheckAsync(db, tenant, requestId, bodyDigest, cancellation) is not null)
                    return false;
                var row = await db.Datasets.FirstOrDefaultAsync(d => d.Id == dataset && d.Tenant == tenant, cancellation)
                    ?? throw MeshException.NotFound($"datasets/{dataset}");
                RequestIdempotency.Remember(db, tenant, requestId, bodyDigest, $"datasets/{dataset}", nowMs);
                if (await ResumeRowAsync(db, dataset, nowMs, cancellation) == 0)
                    throw new MeshException(ErrorReasons.WrongState, $"datasets/{dataset} is not paused: {row.Stage}");
                await ReleaseClaimsAsync(db, dataset, cancellation);
                await db.SaveChangesAsync(cancellation);
                return true;
            },
            cancellation);
        if (isResumed)
            Log.DatasetResumed(logger, dataset);

        // The reconciler would find it too; the caller need not wait for that.
        await dispatcher.DispatchShardAsync(dataset, cancellation);
        await dispatcher.DispatchPairsAsync(cancellation);
        sealing.Wake();
    }

    private static Task<int> ResumeRowAsync(BalancerDb db, string dataset, long nowMs, CancellationToken cancellation) =>
        db.Datasets.Where(d => d.Id == dataset && d.Stage == DatasetStage.Paused).ExecuteUpdateAsync(s => s
            .SetProperty(d => d.Stage, d => d.PausedIn)
            .SetProperty(d => d.PausedIn, default(DatasetStage))
            .SetProperty(d => d.ResumedMs, nowMs)
            .SetProperty(d => d.ServedModel, "") // whoever resumes it has seen to the models
            .SetProperty(d => d.JudgeServedModel, "")
            .SetProperty(d => d.CanarySum, 0) // and to the judge
            .SetProperty(d => d.Error, "")
            .SetProperty(d => d.ErrorReason, "")
            .SetProperty(d => d.SealingTries, 0)
            .SetProperty(d => d.Version, d => d.Version + 1), cancellation);

    /// <summary>What was under way when it was paused was stopped: all that is open is due at once.</summary>
    private static async Task ReleaseClaimsAsync(BalancerDb db, string dataset, CancellationToken cancellation)
    {
        await db.Shards.Where(s => s.Dataset == dataset && !s.Done)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.DueMs, 0).SetProperty(x => x.Tries, 0), cancellation);
        await db.Pairs.Where(p => p.Dataset == dataset && p.Stage < PairStage.Judged)
            .ExecuteUpdateAsync(s => s.SetProperty(p => p.DueMs, 0).SetProperty(p => p.Tries, 0).SetProperty(p => p.LostInRow, 0),
                cancellation);
    }
}
