using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>The right of one replica to seal a data set. A heartbeat beside the work renews it, however long one step takes.</summary>
internal sealed class SealingLease(MeshDatabase<BalancerDb> rows, ReplicaIdentity replica, IOptions<BalancerOptions> options,
    TimeProvider clock, ILogger<SealingLease> logger)
{
    private static readonly TimeSpan _longestHeartbeat = TimeSpan.FromSeconds(1);

    /// <summary>Takes the lease of a data set that nobody seals.</summary>
    /// <returns>Its row, read under the lease; null where another replica was first.</returns>
    public async Task<DatasetRow?> AcquireAsync(DatasetRow found, CancellationToken cancellation)
    {
        var folder = SealedFolderNaming.Create(found.Tenant, found.Id);
        var (now, until) = (Now(), Now() + (long)options.Value.SealingLease.TotalMilliseconds);
        return await rows.TransactAsync(
            async db =>
            {
                var taken = await db.Datasets.Where(d => d.Id == found.Id && d.Stage == DatasetStage.Sealing && d.LeaseUntilMs < now)
                    .ExecuteUpdateAsync(s => s
                        .SetProperty(d => d.LeaseOwner, replica.Name)
                        .SetProperty(d => d.LeaseUntilMs, until)
                        .SetProperty(d => d.Folder, d => d.Folder == "" ? folder : d.Folder)
                        .SetProperty(d => d.HasSealingFiles, true), cancellation);
                return taken == 0 ? null : await db.Datasets.FirstAsync(d => d.Id == found.Id, cancellation);
            },
            cancellation);
    }

    /// <summary>
    /// Gives the lease back; nobody takes it before <paramref name="pause"/> is over. Also that of a data set which has ended: its files
    /// are swept once nobody holds it.
    /// </summary>
    public Task ReleaseAsync(string dataset, TimeSpan pause, int triesMore) => rows.TransactAsync(
        db => db.Datasets.Where(d => d.Id == dataset && d.LeaseOwner == replica.Name).ExecuteUpdateAsync(s => s
            .SetProperty(d => d.LeaseUntilMs, Now() - 1 + (long)pause.TotalMilliseconds)
            .SetProperty(d => d.SealingTries, d => d.SealingTries + triesMore)),
        CancellationToken.None);

    /// <summary>Runs work under a lease that was acquired. The token of the work is cancelled when the lease is lost.</summary>
    /// <exception cref="OperationCanceledException">The lease was lost, or the caller cancelled.</exception>
    public async Task<T> HoldAsync<T>(string dataset, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var held = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var finished = new CancellationTokenSource();
        var heartbeat = RenewAsync(dataset, held, finished.Token);
        try
        {
            return await work(held.Token);
        }
        catch (Exception error) when (held.IsCancellationRequested && error is not OperationCanceledException)
        {
            throw new OperationCanceledException("the work was stopped", error, held.Token);
        }
        finally
        {
            await finished.CancelAsync();
            await heartbeat;
        }
    }

    private async Task RenewAsync(string dataset, CancellationTokenSource held, CancellationToken finished)
    {
        var length = options.Value.SealingLease;
        var pause = TimeSpan.FromTicks(Math.Min(_longestHeartbeat.Ticks, length.Ticks / 4));
        var renewed = clock.GetTimestamp();
        while (true)
        {
            await Task.Delay(pause, clock, finished).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (finished.IsCancellationRequested)
                return;
            try
            {
                using var limit = new CancellationTokenSource(length, clock);
                if (!await ExtendAsync(dataset, length, limit.Token))
                {
                    Log.SealingLeaseLost(logger, dataset);
                    await held.CancelAsync();
                    return;
                }

                renewed = clock.GetTimestamp();
            }
#pragma warning disable CA1031 // the database may come back; where it does not in time, the lease is lost
            catch (Exception error)
#pragma warning restore CA1031
            {
                Log.SealingHeartbeatFailed(logger, error, dataset);
                if (clock.GetElapsedTime(renewed) + pause <= length)
                    continue;
                await held.CancelAsync();
                return;
            }
        }
    }

    private async Task<bool> ExtendAsync(string dataset, TimeSpan length, CancellationToken cancellation)
    {
        var until = Now() + (long)length.TotalMilliseconds;
        return await rows.TransactAsync(
            db => Mine(db, dataset).ExecuteUpdateAsync(s => s.SetProperty(d => d.LeaseUntilMs, until), cancellation), cancellation) > 0;
    }

    private IQueryable<DatasetRow> Mine(BalancerDb db, string dataset) =>
        db.Datasets.Where(d => d.Id == dataset && d.Stage == DatasetStage.Sealing && d.LeaseOwner == replica.Name);

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
