using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Messages;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// Publishes what rows ask for. A pair that needs work and is due is claimed by moving its due time, then its message is
/// published: at most a window of them a replica, so that ten million pairs are not ten million messages. Tenants share the window by their
/// weights. A message that is lost leaves its pair overdue, and it comes again; one that the broker did not take gives its claim back at
/// once.
/// </summary>
internal sealed class PairDispatcher(MeshDatabase<BalancerDb> rows, MeshPublisher bus, ReplicaIdentity replica, CrashInjector crashes,
    TenantWeights weights, IOptions<BalancerOptions> options, TimeProvider clock)
{
    private readonly int _window = WindowOf(options.Value);

    private readonly string _select =
        """
        SELECT "Tenant", "Dataset", "Index" FROM pairs
        WHERE "Dataset" = {0} AND "Index" >= {1} AND "Stage" < {2} AND "DueMs" <= {3} ORDER BY "Index" LIMIT {4}
        """ + " " + rows.SkipLockedClause;

    /// <summary>Pairs that a replica has claimed at once: those in work, and some that take their places.</summary>
    public static int WindowOf(BalancerOptions options) => options.Concurrency + Math.Max(2, options.Concurrency / 2);

    /// <summary>Asks for pairs, of each tenant those of its oldest data set first, until the window is full.</summary>
    public async Task DispatchPairsAsync(CancellationToken cancellation)
    {
        var claims = await rows.TransactAsync(db => ClaimAsync(db, cancellation), cancellation);
        if (claims.Count == 0)
            return;
        crashes.CrashAt(CrashPoint.PairsClaimed);
        // Claimed is claimed: a caller that leaves now does not keep its pairs waiting until they are overdue. The publisher has a limit of
        // its own.
        var sent = await bus.PublishAsync(
            [.. claims.Select(c => new AssemblePair(DatasetCorrelationId.Derive(c.Dataset, c.Index), c.Tenant, c.Dataset, c.Index))],
            CancellationToken.None);
        crashes.CrashAt(CrashPoint.PairsPublished);
        foreach (var left in claims.Skip(sent).GroupBy(c => c.Dataset))
            await ReleaseAsync(left.Key, [.. left.Select(c => c.Index)]);
    }

    /// <summary>
    /// Asks for a round of the duplicate check of a data set's current shard if all of its pairs are settled and nobody has asked yet.
    /// </summary>
    public async Task DispatchShardAsync(string dataset, CancellationToken cancellation)
    {
        var now = Now();
        var nextDueMs = NextPublishDueMs();
        ShardRow? shard;
        await using (var db = rows.CreateContext())
        {
            // The round's version first: a claim for pairs that a round has moved on since would be for nothing, and stay.
            shard = await db.Shards.FirstOrDefaultAsync(
                s => s.Dataset == dataset && !s.Done && s.DueMs <= now
                    && db.Datasets.Any(d => d.Id == dataset && d.Stage == DatasetStage.Assembling && d.ShardsDone == s.Shard),
                    cancellation);
            if (shard is null || await db.Pairs.AnyAsync(p => p.Dataset == dataset && p.Shard == shard.Shard && p.Stage < PairStage.Judged,
                cancellation))
                return;
        }

        var claimed = await rows.TransactAsync(
            db => db.Shards.Where(
                s => s.Dataset == dataset && s.Shard == shard.Shard && s.Version == shard.Version && !s.Done && s.DueMs <= now)
                .ExecuteUpdateAsync(s => s.SetProperty(x => x.DueMs, nextDueMs), cancellation),
            cancellation);
        if (claimed == 0)
            return;
        crashes.CrashAt(CrashPoint.ShardClaimed);
        var sent = await bus.PublishAsync(
            [new DeduplicateShard(DatasetCorrelationId.Derive(dataset, -1 - shard.Shard), shard.Tenant, dataset, shard.Shard)],
            CancellationToken.None);
        crashes.CrashAt(CrashPoint.ShardPublished);
        if (sent == 0)
            await ReleaseAsync(dataset, shard.Shard);
    }

    /// <summary>Gives claimed pairs back: they are due at once, for whoever comes first.</summary>
    public Task ReleaseAsync(string dataset, long[] indexes) => rows.TransactAsync(
        db => db.Pairs.Where(p => p.Dataset == dataset && indexes.Contains(p.Index) && p.Stage < PairStage.Judged)
            .ExecuteUpdateAsync(s => s.SetProperty(p => p.DueMs, 0)),
        CancellationToken.None);

    /// <summary>Gives a claimed round back: it is due at once.</summary>
    public Task ReleaseAsync(string dataset, int shard) => rows.TransactAsync(
        db => db.Shards.Where(s => s.Dataset == dataset && s.Shard == shard && !s.Done)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.DueMs, 0)),
        CancellationToken.None);

    /// <summary>A round met a fault that may pass: it is due again later, later after each in a row.</summary>
    /// <returns>How long it waits.</returns>
    public async Task<TimeSpan> DelayAsync(string dataset, int shard)
    {
        await using var reading = rows.CreateContext();
        var tries = await reading.Shards.Where(s => s.Dataset == dataset && s.Shard == shard).Select(s => s.Tries).FirstOrDefaultAsync();
        var pause = RetryDelayPolicy.DelayAfter(options.Value.RetryAfter, tries);
        var due = Now() + (long)pause.TotalMilliseconds;
        await rows.TransactAsync(
            db => db.Shards.Where(s => s.Dataset == dataset && s.Shard == shard && !s.Done)
                .ExecuteUpdateAsync(s => s.SetProperty(x => x.DueMs, due).SetProperty(x => x.Tries, x => x.Tries + 1)),
            CancellationToken.None);
        return pause;
    }

    private async Task<List<Claim>> ClaimAsync(BalancerDb db, CancellationToken cancellation)
    {
        var now = Now();
        var nextDueMs = NextPublishDueMs();
        var live = await db.Datasets.Where(d => d.Stage == DatasetStage.Assembling).OrderBy(d => d.CreatedMs).ThenBy(d => d.Id)
            .Select(d => new OpenDataset(d.Tenant, d.Id, (long)d.ShardsDone * d.ShardSize)).ToListAsync(cancellation);
        var mine = live.Select(d => d.Id).ToArray();
        var claimed = await db.Pairs.Where(
            p => p.ClaimedBy == replica.Name && p.DueMs > now && p.Tries == 0 && p.Stage < PairStage.Judged && mine.Contains(p.Dataset))
            .GroupBy(p => p.Tenant).Select(g => new { Tenant = g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Tenant, g => g.Count, StringComparer.Ordinal, cancellation);
        var room = _window - claimed.Values.Sum();
        var claims = new List<Claim>();
        var open = live.GroupBy(d => d.Tenant).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        while (room > claims.Count && open.Count > 0)
        {
            var shares = TenantShares.Divide(room - claims.Count,
                [.. open.Keys.Select(t => (t, claimed.GetValueOrDefault(t), weights.WeightOf(t)))]);
            foreach (var (tenant, share) in shares)
            {
                var due = await ClaimAsync(db, open[tenant], share, now, nextDueMs, cancellation);
                claims.AddRange(due);
                claimed[tenant] = claimed.GetValueOrDefault(tenant) + due.Count;
                if (due.Count < share)
                    open.Remove(tenant); // none of its pairs is due: the others share what it leaves
            }

            if (shares.TrueForAll(s => open.ContainsKey(s.Tenant)))
                break;
        }

        return claims;
    }

    private async Task<List<Claim>> ClaimAsync(
        BalancerDb db, IEnumerable<OpenDataset> datasets, int count, long now, long nextDueMs, CancellationToken cancellation)
    {
        var claims = new List<Claim>();
        foreach (var dataset in datasets)
        {
            if (claims.Count >= count)
                break;
            var due = await db.Database.SqlQueryRaw<Claim>(
                _select, dataset.Id, dataset.FirstOpen, (int)PairStage.Judged, now, count - claims.Count).ToListAsync(cancellation);
            var indexes = due.Select(c => c.Index).ToArray();
            await db.Pairs.Where(p => p.Dataset == dataset.Id && indexes.Contains(p.Index))
                .ExecuteUpdateAsync(s => s.SetProperty(p => p.DueMs, nextDueMs).SetProperty(p => p.ClaimedBy, replica.Name), cancellation);
            claims.AddRange(due);
        }

        return claims;
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private long NextPublishDueMs() => Now() + (long)options.Value.OverdueAfter.TotalMilliseconds;

    private sealed record Claim(string Tenant, string Dataset, long Index);

    private sealed record OpenDataset(string Tenant, string Id, long FirstOpen);
}
