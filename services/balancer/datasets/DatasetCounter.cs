using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>
/// Counts what was made of a data set. What lies in shards that are done never changes: it is counted once and kept. Of the others, only
/// those are read whose pairs have been begun, so that a look at a million pairs reads a few thousand rows.
/// </summary>
internal sealed class DatasetCounter(MeshDatabase<BalancerDb> rows, TimeProvider clock)
{
    /// <summary>Data sets whose counts are kept; with more, all are counted anew.</summary>
    private const int MaxKept = 1_000;

    private readonly ConcurrentDictionary<string, ShardCounts> _done = new(StringComparer.Ordinal);

    public async Task<DatasetCounts> CountAsync(DatasetRow row, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        var known = _done.GetValueOrDefault(row.Id) ?? ShardCounts.None;
        if (known.Shards > row.ShardsDone)
            known = ShardCounts.None; // the row was read before somebody else counted a later one
        if (known.Shards < row.ShardsDone)
        {
            known = known.Add(await CountShardsAsync(db, row, known.Shards, row.ShardsDone, cancellation), row.ShardsDone);
            if (_done.Count >= MaxKept)
                _done.Clear();
            _done[row.Id] = known;
        }

        var all = known;
        if (row.ShardsDone < row.Shards)
        {
            var end = await BegunShards.FindEndAsync(db, row.Id, row.ShardsDone, row.Shards, cancellation);
            all = all.Add(await CountShardsAsync(db, row, row.ShardsDone, end, cancellation), end);
        }

        return ToProto(row, all);
    }

    private static async Task<ShardCounts> CountShardsAsync(BalancerDb db, DatasetRow row, int first, int end,
        CancellationToken cancellation)
    {
        var sums = await db.Pairs.Where(p => p.Dataset == row.Id && p.Shard >= first && p.Shard < end).GroupBy(p => p.Dataset)
            .Select(g => new
            {
                Passed = g.LongCount(p => p.Stage == PairStage.Judged || p.Stage == PairStage.Accepted),
                Truncated = g.LongCount(p => p.PromptTruncated && (p.Stage == PairStage.Judged || p.Stage == PairStage.Accepted)),
                Report = g.Sum(p => p.ReportMs),
                Image = g.Sum(p => p.ImageMs),
                Curation = g.Sum(p => p.CurationMs),
            }).FirstAsync(cancellation);
        var (firstIndex, endIndex) = ((long)first * row.ShardSize, (long)end * row.ShardSize);
        var rejected = await db.Rejects.Where(r => r.Dataset == row.Id && r.Index >= firstIndex && r.Index < endIndex)
            .GroupBy(r => r.ReasonsJson).Select(g => new { Reasons = g.Key, Count = g.LongCount() }).ToListAsync(cancellation);
        return new ShardCounts(end, sums.Passed, sums.Truncated, sums.Report, sums.Image, sums.Curation,
            rejected.ToDictionary(r => r.Reasons, r => r.Count, StringComparer.Ordinal));
    }

    private DatasetCounts ToProto(DatasetRow row, ShardCounts all)
    {
        var end = row.SealedMs ?? clock.GetUtcNow().ToUnixTimeMilliseconds();
        var counts = new DatasetCounts
        {
            Accepted = all.Passed,
            Attempts = all.Passed + all.Rejected.Values.Sum(),
            TruncatedPrompts = all.Truncated,
            RenderedAgain = row.LostImages,
            ShardsDone = row.ShardsDone,
            Shards = row.Shards,
            Use = DatasetMapping.ToProto(EntityUseStatistics.Parse(row.UseJson), row.IncompatibleDraws),
            Elapsed = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(end - row.CreatedMs)),
        };
        foreach (var (reasons, count) in all.Rejected)
        {
            foreach (var reason in TextListColumn.Parse(reasons))
                counts.Rejected[reason] = counts.Rejected.TryGetValue(reason, out var before) ? before + count : count;
        }

        foreach (var (stage, ms) in new[] { (WorkStage.Report, all.ReportMs), (WorkStage.Image, all.ImageMs),
            (WorkStage.Curation, all.CurationMs), (WorkStage.Duplicates, row.DuplicatesMs), (WorkStage.Sealing, row.SealingMs) })
            counts.Times.Add(new StageTime { Stage = stage, Duration = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(ms)) });
        return counts;
    }

    /// <summary>The counts of the shards before <paramref name="Shards"/>.</summary>
    private sealed record ShardCounts(int Shards, long Passed, long Truncated, long ReportMs, long ImageMs, long CurationMs,
        IReadOnlyDictionary<string, long> Rejected)
    {
        public static ShardCounts None { get; } = new(0, 0, 0, 0, 0, 0, new Dictionary<string, long>());

        public ShardCounts Add(ShardCounts next, int shards) => new(shards, Passed + next.Passed, Truncated + next.Truncated,
            ReportMs + next.ReportMs, ImageMs + next.ImageMs, CurationMs + next.CurationMs,
            Rejected.Concat(next.Rejected).GroupBy(r => r.Key, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Sum(r => r.Value), StringComparer.Ordinal));
    }
}
