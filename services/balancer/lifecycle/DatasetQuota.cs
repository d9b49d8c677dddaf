using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Bounds what the data sets of one tenant may take: pairs that are not done (<see cref="BalancerOptions.PairsPerTenant"/>) and bytes that
/// are stored (<see cref="BalancerOptions.BytesPerTenant"/>). Both are read from the rows, so that every replica and every restart counts
/// the same.
/// </summary>
internal sealed class DatasetQuota(MeshDatabase<BalancerDb> rows, IOptions<BalancerOptions> options, TimeProvider clock)
{
    /// <summary>A look at the bytes holds for so long: what is rendered meanwhile may pass the limit.</summary>
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, (long Bytes, long At)> _looks = new(StringComparer.Ordinal);

    private long MaxPairs => options.Value.PairsPerTenant;

    private long MaxBytes => options.Value.BytesPerTenant;

    /// <summary>
    /// Decides, within the transaction that adds a data set, whether the tenant may have it. Those of one tenant are decided one after the
    /// other, so that two at once can't both take what is left.
    /// </summary>
    /// <exception cref="MeshException">QUOTA_EXHAUSTED: names the setting, the limit and what the tenant has.</exception>
    public async Task AdmitAsync(BalancerDb db, string tenant, long pairs, CancellationToken cancellation)
    {
        if (MaxPairs == 0 && MaxBytes == 0)
            return;
        await rows.LockAsync(db, $"quota/{tenant}", cancellation);
        await ThrowIfExhaustedAsync(db, tenant, pairs, cancellation);
    }

    /// <summary>Refuses a data set before anything is done for it; <see cref="AdmitAsync"/> decides.</summary>
    /// <param name="pairs">Those that it would have.</param>
    /// <exception cref="MeshException">QUOTA_EXHAUSTED: names the setting, the limit and what the tenant has.</exception>
    public async Task ThrowIfExhaustedAsync(BalancerDb db, string tenant, long pairs, CancellationToken cancellation)
    {
        if (MaxPairs > 0 && await CountPairsAsync(db, tenant, cancellation) is var open && pairs > MaxPairs - open)
        {
            throw new MeshException(ErrorReasons.QuotaExhausted, FormattableString.Invariant(
                $"The tenant's data sets have {open} pairs that are not done, and {pairs} more are asked for; it may have {MaxPairs} ")
                + "(Balancer:PairsPerTenant). Wait until some are done, cancel a data set, or ask for fewer.");
        }

        if (MaxBytes > 0 && await CountBytesAsync(db, tenant, cancellation) is var bytes && bytes >= MaxBytes)
            throw new MeshException(ErrorReasons.QuotaExhausted, DescribeBytes(bytes));
    }

    /// <summary>Why no more images may be stored for the tenant's data sets; null while they may.</summary>
    public async Task<Fault?> FindFaultAsync(string tenant, CancellationToken cancellation)
    {
        if (MaxBytes == 0)
            return null;
        if (!_looks.TryGetValue(tenant, out var look) || clock.GetElapsedTime(look.At) >= _look)
        {
            await using var db = rows.CreateContext();
            _looks[tenant] = look = (await CountBytesAsync(db, tenant, cancellation), clock.GetTimestamp());
        }

        return look.Bytes < MaxBytes ? null : Fault.OfDataset(ErrorReasons.QuotaExhausted, DescribeBytes(look.Bytes));
    }

    private string DescribeBytes(long bytes) => FormattableString.Invariant(
        $"The tenant's data sets have {bytes} bytes stored; it may have {MaxBytes} (Balancer:BytesPerTenant). ")
        + "Cancel a data set that is not sealed, or ask the operator of the mesh for more, then resume.";

    /// <summary>A shard's pairs are done together, when its duplicates are found; so shards tell, and no pair is read.</summary>
    private static Task<long> CountPairsAsync(BalancerDb db, string tenant, CancellationToken cancellation) =>
        db.Datasets.Where(d => d.Tenant == tenant && (d.Stage == DatasetStage.Assembling || d.Stage == DatasetStage.Paused)
            && d.ShardsDone < d.Shards).SumAsync(d => d.Pairs - ((long)d.ShardsDone * d.ShardSize), cancellation);

    /// <summary>Of shards that are done the row of the data set has the sum; of the others, those that were begun are read.</summary>
    private static async Task<long> CountBytesAsync(BalancerDb db, string tenant, CancellationToken cancellation)
    {
        var kept = db.Datasets.Where(d => d.Tenant == tenant && d.Stage != DatasetStage.Failed && d.Stage != DatasetStage.Cancelled);
        var bytes = await kept.SumAsync(d => d.StoredBytes, cancellation);
        var open = await kept.Where(d => d.ShardsDone < d.Shards).Select(d => new { d.Id, d.ShardsDone, d.Shards })
            .ToListAsync(cancellation);
        foreach (var dataset in open)
        {
            var end = await BegunShards.FindEndAsync(db, dataset.Id, dataset.ShardsDone, dataset.Shards, cancellation);
            bytes += await db.Pairs.Where(p => p.Dataset == dataset.Id && p.Shard >= dataset.ShardsDone && p.Shard < end)
                .SumAsync(p => p.ImageSize, cancellation);
        }

        return bytes;
    }
}
