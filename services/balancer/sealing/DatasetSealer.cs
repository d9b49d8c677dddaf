using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Writes a data set's folder and publishes it, so that a half-written one is never visible. Every byte is a function of the rows: whoever
/// writes it again writes the same.
/// </summary>
internal sealed class DatasetSealer(
    MeshDatabase<BalancerDb> database, IObjectStore objects, SealingWorkspace workspace, ISealedDatasetStore store, CrashInjector crashes)
{
    private const int PairsPerRead = 256;

    /// <param name="keepAlive">Called between parts: renews the lease, or throws when the data set is another replica's.</param>
    /// <returns>The root.</returns>
    public async Task<string> SealAsync(ResolvedDataset dataset, DatasetRow row, Func<Task> keepAlive, CancellationToken cancellation)
    {
        // A process may have published the folder and died before it wrote the row. What lies there is complete, or it is written again.
        if (await store.FindIntactAsync(dataset.Id, cancellation) is { } published)
            return published.Root;
        var folder = workspace.CreateEmptyFolder(dataset.Id);
        var root = await WriteAsync(dataset, row, folder, keepAlive, cancellation);
        crashes.CrashAt(CrashPoint.FolderWritten);
        await store.PublishAsync(dataset.Id, folder, keepAlive, cancellation);
        crashes.CrashAt(CrashPoint.FolderPublished);
        return root;
    }

    private async Task<string> WriteAsync(
        ResolvedDataset dataset, DatasetRow row, string folder, Func<Task> keepAlive, CancellationToken cancellation)
    {
        var use = EntityUseStatistics.Parse(row.UseJson);
        var figures = new DatasetFigures();
        await using var writer = await SealedDatasetWriter.CreateAsync(folder, dataset.Resolved, cancellation);
        await WritePairsAsync(writer, dataset, row, figures, keepAlive, cancellation);
        await WriteRejectsAsync(writer, dataset.Id, figures, cancellation);
        var root = await writer.CompletePairsAsync();
        await writer.WriteTextAsync(PairReplay.VocabularyFile, dataset.Vocabulary.ToTsv(), cancellation);
        await writer.WriteTextAsync("spec.yaml", ProtoYaml.Write(dataset.Spec), cancellation);
        await writer.WriteTextAsync("README.md", DatasetCardWriter.Write(dataset, root, use, figures), cancellation);
        await writer.HashFilesAsync(keepAlive, cancellation);
        var sealedAt = await LastPairTimeAsync(dataset.Id, cancellation);
        await writer.WriteTextAsync("croissant.json", CroissantWriter.Write(dataset, root, writer.Files, sealedAt), cancellation);
        await writer.HashFilesAsync(keepAlive, cancellation);
        writer.WriteManifest(root, JsonNode.Parse(dataset.EnginesJson), figures.ToJson(use));
        return root;
    }

    /// <summary>When the last pair was done. With the clock of whoever seals, every try would write another data set.</summary>
    private async Task<DateTimeOffset> LastPairTimeAsync(string dataset, CancellationToken cancellation)
    {
        await using var db = database.CreateContext();
        return DateTimeOffset.FromUnixTimeMilliseconds(
            await db.Pairs.Where(p => p.Dataset == dataset).MaxAsync(p => p.DoneMs, cancellation));
    }

    private async Task WritePairsAsync(
        SealedDatasetWriter writer, ResolvedDataset dataset, DatasetRow row, DatasetFigures figures, Func<Task> keepAlive,
        CancellationToken cancellation)
    {
        for (var first = 0L; first < row.Pairs; first += PairsPerRead)
        {
            await keepAlive();
            await using var db = database.CreateContext();
            var end = first + PairsPerRead;
            var pairs = await db.Pairs.Where(p => p.Dataset == dataset.Id && p.Index >= first && p.Index < end)
                .OrderBy(p => p.Index).ToListAsync(cancellation);
            foreach (var pair in pairs)
            {
                var png = await objects.GetAsync(ObjectAddress.Create(pair.Tenant, pair.ImageSha256, "image"), cancellation);
                var (record, members) = PairRecordMapping.ToRecord(dataset, pair, png);
                figures.Add(record);
                await writer.AddPairAsync(record, members, PairRecordMapping.ToRun(pair));
            }
        }
    }

    private async Task WriteRejectsAsync(SealedDatasetWriter writer, string dataset, DatasetFigures figures, CancellationToken cancellation)
    {
        await using var db = database.CreateContext();
        var rejects = db.Rejects.Where(r => r.Dataset == dataset).OrderBy(r => r.Index).ThenBy(r => r.Attempt);
        await foreach (var row in rejects.AsAsyncEnumerable().WithCancellation(cancellation))
        {
            var reject = PairRecordMapping.ToReject(row);
            figures.AddRejected(reject.Reasons);
            await writer.AddRejectAsync(reject);
        }
    }
}
