using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Writes a data set's folder and publishes it: a half-written one is never visible. Every byte is a pure function of the
/// rows, so whoever writes it again writes the same.
/// </summary>
internal sealed class DatasetSealer(MeshDatabase<BalancerDb> rows, IObjectStore objects, SealingWorkspace work,
    ISealedDatasetStore published, CrashInjector rehearsal)
{
    private const int PairsPerRead = 256;

    /// <param name="alive">Called between parts: renews the lease, or throws when the data set is somebody else's.</param>
    /// <returns>The root.</returns>
    public async Task<string> SealAsync(ResolvedDataset dataset, DatasetRow row, Func<Task> alive, CancellationToken cancellation)
    {
        // Published, then died before the row was written: what lies there is complete, or it is written again.
        if (await published.FindIntactAsync(dataset.Id, cancellation) is { } before)
            return before.Root;
        var partial = work.CreateEmptyFolder(dataset.Id);
        Directory.CreateDirectory(Path.Combine(partial, "data"));
        var leaves = new List<ReadOnlyMemory<byte>> { PairRecord.SpecLeaf(dataset.SpecDigest) };
        var figures = new DatasetFigures();
        await WritePairsAsync(dataset, row, partial, leaves, figures, alive, cancellation);
        await WriteRejectsAsync(dataset, partial, figures, cancellation);
        var root = Sha256Digest.MerkleRoot(leaves);
        await WriteTextAsync(partial, "vocabulary.tsv", dataset.Vocabulary.ToTsv(), cancellation);
        await WriteTextAsync(partial, "spec.yaml", ProtoYaml.Write(dataset.Filled), cancellation);
        await WriteTextAsync(partial, "README.md", DatasetCardWriter.Write(dataset, root, EntityUseStatistics.Parse(row.UseJson), figures),
            cancellation);
        var files = await HashFilesAsync(partial, alive, cancellation);
        await WriteTextAsync(partial, "croissant.json",
            CroissantWriter.Write(dataset, root, files, await LastPairTimeAsync(dataset.Id, cancellation)), cancellation);
        files = [.. files, await HashFileAsync(partial, "croissant.json", cancellation)];
        DatasetManifest.Write(partial, root, dataset.SpecDigest, dataset.Spec, dataset.EnginesJson,
            figures.ToJson(EntityUseStatistics.Parse(row.UseJson)), files);
        rehearsal.CrashAt(CrashPoint.FolderWritten);
        await published.PublishAsync(dataset.Id, partial, alive, cancellation);
        rehearsal.CrashAt(CrashPoint.FolderPublished);
        return root;
    }

    /// <summary>When the last pair was done: the clock of whoever seals would make every try another data set.</summary>
    private async Task<DateTimeOffset> LastPairTimeAsync(string dataset, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        return DateTimeOffset.FromUnixTimeMilliseconds(
            await db.Pairs.Where(p => p.Dataset == dataset).MaxAsync(p => p.DoneMs, cancellation));
    }

    private async Task WritePairsAsync(
        ResolvedDataset dataset, DatasetRow row, string folder, List<ReadOnlyMemory<byte>> leaves, DatasetFigures figures, Func<Task> alive,
        CancellationToken cancellation)
    {
        await using var metadata = await ParquetTableWriter<PairRecord>.CreateAsync(Path.Combine(folder, "metadata.parquet"),
            PairRecord.Columns, cancellation);
        await using var run = await ParquetTableWriter<PairRow>.CreateAsync(Path.Combine(folder, "run.parquet"), RunTableSchema.Columns,
            cancellation);
        for (var shard = 0; shard < row.Shards; shard++)
        {
            using var file = new ShardFile(Path.Combine(folder, ShardFile.PathOf(shard)));
            var first = (long)shard * row.ShardSize;
            var end = Math.Min(row.Pairs, first + row.ShardSize);
            for (var from = first; from < end; from += PairsPerRead)
            {
                await alive();
                await using var db = rows.CreateContext();
                var to = Math.Min(end, from + PairsPerRead);
                var pairs = await db.Pairs.Where(p => p.Dataset == dataset.Id && p.Index >= from && p.Index < to).OrderBy(p => p.Index)
                    .ToListAsync(cancellation);
                var records = new List<PairRecord>(pairs.Count);
                foreach (var pair in pairs)
                {
                    var png = await objects.GetAsync(ObjectAddress.Create(pair.Tenant, pair.ImageSha256, "image"), cancellation);
                    var (record, members) = PairRecord.FromRow(dataset, pair, png);
                    leaves.Add(record.Leaf());
                    figures.Add(record);
                    records.Add(record with { Offset = file.Add(pair.Index, members) });
                }

                await metadata.AddAsync(records);
                await run.AddAsync(pairs);
            }
        }
    }

    private async Task WriteRejectsAsync(ResolvedDataset dataset, string folder, DatasetFigures figures, CancellationToken cancellation)
    {
        await using var table = await ParquetTableWriter<RejectRow>.CreateAsync(Path.Combine(folder, "rejects.parquet"),
            RejectTableSchema.Columns, cancellation);
        await using var db = rows.CreateContext();
        await foreach (var reject in db.Rejects.Where(r => r.Dataset == dataset.Id).OrderBy(r => r.Index).ThenBy(r => r.Attempt)
            .AsAsyncEnumerable().WithCancellation(cancellation))
        {
            figures.AddRejected(JsonSerializer.Deserialize<string[]>(reject.ReasonsJson) ?? []);
            await table.AddAsync([reject]);
        }
    }

    private static async Task WriteTextAsync(string folder, string name, string text, CancellationToken cancellation)
    {
        await using var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew);
        await file.WriteAsync(new UTF8Encoding(false).GetBytes(text), cancellation);
        file.Flush(flushToDisk: true);
    }

    private static async Task<IReadOnlyList<ManifestFile>> HashFilesAsync(string folder, Func<Task> alive, CancellationToken cancellation)
    {
        var files = new List<ManifestFile>();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal))
        {
            files.Add(await HashFileAsync(folder, path, cancellation));
            await alive();
        }

        return files;
    }

    private static async Task<ManifestFile> HashFileAsync(string folder, string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(Path.Combine(folder, path));
        var hash = await System.Security.Cryptography.SHA256.HashDataAsync(file, cancellation);
        return new ManifestFile(path, file.Length, Convert.ToHexStringLower(hash));
    }
}
