using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Canaries;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>Data sets and pairs as clients see them.</summary>
internal sealed partial class DatasetQueries(MeshDatabase<BalancerDb> rows, ISealedDatasetStore folders, DatasetCounter counter)
{
    /// <summary>The last part of a data set's name.</summary>
    public static string IdOf(string name, string field)
    {
        const string Prefix = "datasets/";
        return name.StartsWith(Prefix, StringComparison.Ordinal) && IdPattern().IsMatch(name[Prefix.Length..])
            ? name[Prefix.Length..]
            : throw MeshException.Invalid(field, $"'{EchoedText.Shorten(name)}' is not of the form datasets/{{id}}");
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
        var location = row.Stage == DatasetStage.Sealed ? folders.AddressOf(SealedFolderNaming.FolderOf(row)) : "";
        var described = DatasetMapping.ToProto(row, await counter.CountAsync(row, cancellation), location);
        await using var db = rows.CreateContext();
        described.Canaries = DatasetMapping.ToProto(await CanaryCounts.ReadAsync(db, row.Id, row.ResumedMs, cancellation));
        return described;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex IdPattern();
}
