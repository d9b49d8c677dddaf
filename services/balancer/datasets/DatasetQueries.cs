using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>Data sets and pairs as clients see them.</summary>
internal sealed partial class DatasetQueries(MeshDatabase<BalancerDb> rows, ISealedDatasetStore folders, IHostApplicationLifetime lifetime,
    TimeProvider clock)
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(250);

    /// <summary>The last part of a data set's name.</summary>
    public static string IdOf(string name, string field)
    {
        const string Prefix = "datasets/";
        return name.StartsWith(Prefix, StringComparison.Ordinal) && IdPattern().IsMatch(name[Prefix.Length..])
            ? name[Prefix.Length..]
            : throw MeshException.Invalid(field, $"'{name}' is not of the form datasets/{{id}}");
    }

    public async Task<DatasetRow> RowAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        return await db.Datasets.FirstOrDefaultAsync(d => d.Id == id && d.Tenant == tenant, cancellation)
            ?? throw MeshException.NotFound($"datasets/{id}");
    }

    public async Task<ImageReportDataset> GetAsync(string tenant, string id, CancellationToken cancellation) =>
        await DescribeAsync(await RowAsync(tenant, id, cancellation), cancellation);

    /// <summary>A page, newest first; <paramref name="after"/> is the time and id of the last one of the page before.</summary>
    public async Task<IReadOnlyList<(ImageReportDataset Dataset, string Position)>> ListAsync(string tenant, string? after, int count,
        CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        var query = db.Datasets.Where(d => d.Tenant == tenant);
        if (after?.Split('|') is [var time, var id])
        {
            var created = long.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
            query = query.Where(d => d.CreatedMs < created || (d.CreatedMs == created && d.Id.CompareTo(id) < 0));
        }

        var page = await query.OrderByDescending(d => d.CreatedMs).ThenByDescending(d => d.Id).Take(count).ToListAsync(cancellation);
        var described = new List<(ImageReportDataset, string)>();
        foreach (var row in page)
            described.Add((await DescribeAsync(row, cancellation), FormattableString.Invariant($"{row.CreatedMs}|{row.Id}")));
        return described;
    }

    /// <summary>The data set now, after each change, and when it has ended.</summary>
    public async IAsyncEnumerable<ImageReportDataset> WatchAsync(string tenant, string id,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        ImageReportDataset? last = null;
        while (true)
        {
            var now = await GetAsync(tenant, id, cancellation);
            var hasEnded = now.State is not (DatasetState.Assembling or DatasetState.Sealing);
            if (last is null || hasEnded || HasChanged(last, now))
                yield return last = now;
            if (hasEnded)
                yield break;
            if (lifetime.ApplicationStopping.IsCancellationRequested)
                throw new MeshException(ErrorReasons.Draining, "the replica is shutting down; the work goes on elsewhere or later",
                    retryAfter: _look);
            await Task.Delay(_look, clock, cancellation);
        }
    }

    public async Task<IReadOnlyList<DatasetPair>> PairsAsync(string tenant, string id, long after, int count,
        CancellationToken cancellation)
    {
        await RowAsync(tenant, id, cancellation);
        await using var db = rows.CreateContext();
        var page = await db.Pairs.Where(p => p.Dataset == id && p.Index > after).OrderBy(p => p.Index).Take(count)
            .ToListAsync(cancellation);
        var described = new List<DatasetPair>();
        foreach (var pair in page)
        {
            var last = pair.Attempt == 0 ? null
                : await db.Rejects.FirstOrDefaultAsync(r => r.Dataset == id && r.Index == pair.Index && r.Attempt == pair.Attempt - 1,
                    cancellation);
            described.Add(DatasetMapping.ToProto(pair, last));
        }

        return described;
    }

    private async Task<ImageReportDataset> DescribeAsync(DatasetRow row, CancellationToken cancellation)
    {
        var location = row.Stage == DatasetStage.Sealed ? folders.AddressOf(row.Id) : "";
        return DatasetMapping.ToProto(row, await CountAsync(row, cancellation), location);
    }

    private async Task<DatasetCounts> CountAsync(DatasetRow row, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        var sums = await db.Pairs.Where(p => p.Dataset == row.Id).GroupBy(p => p.Dataset).Select(g => new
        {
            Passed = g.LongCount(p => p.Stage == PairStage.Judged || p.Stage == PairStage.Accepted),
            Truncated = g.LongCount(p => p.PromptTruncated && (p.Stage == PairStage.Judged || p.Stage == PairStage.Accepted)),
            Report = g.Sum(p => p.ReportMs),
            Image = g.Sum(p => p.ImageMs),
            Curation = g.Sum(p => p.CurationMs),
        }).FirstAsync(cancellation);
        var rejected = await db.Rejects.Where(r => r.Dataset == row.Id).GroupBy(r => r.ReasonsJson)
            .Select(g => new { Reasons = g.Key, Count = g.LongCount() }).ToListAsync(cancellation);
        var end = row.SealedMs ?? clock.GetUtcNow().ToUnixTimeMilliseconds();
        var counts = new DatasetCounts
        {
            Accepted = sums.Passed,
            Attempts = sums.Passed + rejected.Sum(r => r.Count),
            TruncatedPrompts = sums.Truncated,
            ShardsDone = row.ShardsDone,
            Shards = row.Shards,
            Use = DatasetMapping.ToProto(EntityUseStatistics.Parse(row.UseJson), row.IncompatibleDraws),
            Elapsed = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(end - row.CreatedMs)),
        };
        foreach (var group in rejected)
        {
            foreach (var reason in TextListColumn.Parse(group.Reasons))
                counts.Rejected[reason] = counts.Rejected.TryGetValue(reason, out var count) ? count + group.Count : group.Count;
        }

        foreach (var (stage, ms) in new[] { (WorkStage.Report, sums.Report), (WorkStage.Image, sums.Image),
            (WorkStage.Curation, sums.Curation), (WorkStage.Duplicates, row.DuplicatesMs), (WorkStage.Sealing, row.SealingMs) })
            counts.Times.Add(new StageTime { Stage = stage, Duration = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(ms)) });
        return counts;
    }

    private static bool HasChanged(ImageReportDataset before, ImageReportDataset now)
    {
        var (a, b) = (before.Clone(), now.Clone());
        a.Counts.Elapsed = b.Counts.Elapsed = null;
        a.Progress.Remaining = b.Progress.Remaining = null;
        return !a.Equals(b);
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex IdPattern();
}
