using System.Security.Cryptography;
using System.Text;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// Publishes what rows ask for. A pair that needs work and is due is claimed by moving its due time, then its message is
/// published: at most a window of them, so that ten million pairs are not ten million messages. A message that is lost
/// leaves its pair overdue, and it comes again.
/// </summary>
internal sealed class Feeder(RowStore rows, IBus bus, IOptions<BalancerOptions> options, TimeProvider clock)
{
    private readonly int _window = options.Value.Concurrency * 2;

    public async Task FeedAsync(CancellationToken cancellation)
    {
        var claimed = await rows.WriteAsync(db => ClaimAsync(db, cancellation), cancellation);
        foreach (var pair in claimed)
            await bus.Publish(new AssemblePair(IdOf(pair.Dataset, pair.Index), pair.Tenant, pair.Dataset, pair.Index), cancellation);
    }

    /// <summary>Asks for the duplicate check of a data set's current shard if all of its pairs are settled.</summary>
    public async Task SettleAsync(string dataset, CancellationToken cancellation)
    {
        await using var db = rows.Read();
        var row = await db.Datasets.FirstOrDefaultAsync(d => d.Id == dataset && d.Stage == DatasetStage.Assembling, cancellation);
        if (row is null || await db.Pairs.AnyAsync(p => p.Dataset == dataset && p.Shard == row.ShardsDone && p.Stage < PairStage.Judged, cancellation))
            return;
        await bus.Publish(new SealShard(IdOf(dataset, -1 - row.ShardsDone), row.Tenant, dataset, row.ShardsDone), cancellation);
    }

    /// <summary>Correlation id of a pair's conversation.</summary>
    public static Guid IdOf(string dataset, long index) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{dataset}|{index}")).AsSpan(0, 16));

    private async Task<IReadOnlyList<PairRow>> ClaimAsync(BalancerDb db, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var live = db.Datasets.Where(d => d.Stage == DatasetStage.Assembling);
        var open = db.Pairs.Where(p => p.Stage < PairStage.Judged && live.Any(d => d.Id == p.Dataset));
        var room = _window - await open.CountAsync(p => p.DueMs > now && p.Tries == 0, cancellation);
        if (room <= 0)
            return [];
        var due = await open.Where(p => p.DueMs <= now)
            .Join(live, p => p.Dataset, d => d.Id, (p, d) => new { Pair = p, d.CreatedMs })
            .OrderBy(x => x.CreatedMs).ThenBy(x => x.Pair.Dataset).ThenBy(x => x.Pair.Index)
            .Select(x => x.Pair).Take(room).ToListAsync(cancellation);
        var until = now + (long)options.Value.OverdueAfter.TotalMilliseconds;
        foreach (var group in due.GroupBy(p => p.Dataset))
        {
            var indexes = group.Select(p => p.Index).ToArray();
            await db.Pairs.Where(p => p.Dataset == group.Key && indexes.Contains(p.Index))
                .ExecuteUpdateAsync(s => s.SetProperty(p => p.DueMs, until), cancellation);
        }

        return due;
    }
}
