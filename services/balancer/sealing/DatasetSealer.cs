using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Sealing.Description;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Writes a data set's folder and publishes it, so that a half-written one is never visible. Every byte is a function of the rows: whoever
/// writes it again writes the same. A seal that was interrupted goes on from what it has left.
/// </summary>
internal sealed class DatasetSealer(
    MeshDatabase<BalancerDb> database, IObjectStore objects, LostImageRestorer restorer, ReportLabelReader labels,
    SealingWorkspace workspace, ISealedDatasetStore store, SealSigner signer, CrashInjector crashes)
{
    private const int PairsPerRead = 256;

    /// <param name="row">As it is while the caller holds the lease.</param>
    /// <param name="cancellation">Also when the lease is lost.</param>
    /// <returns>What was sealed.</returns>
    public async Task<DatasetManifest> SealAsync(ResolvedDataset dataset, DatasetRow row, CancellationToken cancellation)
    {
        var progress = new SealingProgress(database, row, crashes);
        var target = SealedFolderNaming.FolderOf(row);
        // A process may have published the folder and died before it wrote the row. What lies there is complete, or it is written again.
        if (await store.FindIntactAsync(target, progress, cancellation) is { } published)
        {
            workspace.Delete(dataset.Id);
            return published;
        }

        var folder = workspace.FindComplete(dataset.Id) ?? await WriteAsync(dataset, row, progress, cancellation);
        var manifest = DatasetManifest.Read(folder);
        crashes.CrashAt(CrashPoint.FolderWritten);
        try
        {
            await store.PublishAsync(target, folder, progress, cancellation);
        }
        catch (SealedDatasetException)
        {
            workspace.Delete(dataset.Id); // whichever of the two copies is wrong, the next try writes and stores it anew
            throw;
        }

        crashes.CrashAt(CrashPoint.FolderPublished);
        return manifest;
    }

    /// <returns>The folder, complete.</returns>
    private async Task<string> WriteAsync(ResolvedDataset dataset, DatasetRow row, SealingProgress progress, CancellationToken cancellation)
    {
        var (folder, earlier) = workspace.CreateFolder(dataset.Id);
        var use = EntityUseStatistics.Parse(row.UseJson);
        var figures = new DatasetFigures();
        await using (var writer = await SealedDatasetWriter.CreateAsync(folder, dataset.Resolved, cancellation))
        {
            using (var images = new EarlierImageReader(earlier, ShardNaming.Create(dataset.Resolved)))
                await WritePairsAsync(writer, dataset, row, figures, images, progress, cancellation);
            await WriteRejectsAsync(writer, dataset.Id, figures, cancellation);
            var root = await writer.CompletePairsAsync();
            await writer.WriteTextAsync(PairReplay.VocabularyFile, dataset.Vocabulary.ToTsv(), cancellation);
            await writer.WriteTextAsync("spec.yaml", ProtoYaml.Write(dataset.Spec), cancellation);
            await writer.WriteTextAsync(DatasetLicence.FileName, DatasetLicence.Find(dataset).WriteFile(dataset), cancellation);
            await writer.HashFilesAsync(cancellation);
            await writer.WriteTextAsync(
                "README.md", DatasetCardWriter.Write(dataset, root, use, figures, writer.Files), cancellation);
            await writer.HashFilesAsync(cancellation);
            var sealedAt = await LastPairTimeAsync(dataset.Id, cancellation);
            await writer.WriteTextAsync(
                "croissant.json", CroissantWriter.Write(dataset, root, figures, writer.Files, sealedAt), cancellation);
            await writer.HashFilesAsync(cancellation);
            var (engines, told) = (JsonNode.Parse(dataset.EnginesJson)!.AsArray(), figures.ToJson(use));
            if (signer.LoadIdentity() is { } identity)
            {
                await writer.SignAsync(root, engines, told, sealedAt, identity, cancellation);
                await writer.HashFilesAsync(cancellation);
            }

            writer.WriteManifest(root, engines, told);
        }

        SealingWorkspace.DeleteEarlier(earlier);
        return folder;
    }

    /// <summary>When the last pair was done. With the clock of whoever seals, every try would write another data set.</summary>
    private async Task<DateTimeOffset> LastPairTimeAsync(string dataset, CancellationToken cancellation)
    {
        await using var db = database.CreateContext();
        return DateTimeOffset.FromUnixTimeMilliseconds(
            await db.Pairs.Where(p => p.Dataset == dataset).MaxAsync(p => p.DoneMs, cancellation));
    }

    private async Task WritePairsAsync(SealedDatasetWriter writer, ResolvedDataset dataset, DatasetRow row, DatasetFigures figures,
        EarlierImageReader earlier, SealingProgress progress, CancellationToken cancellation)
    {
        PairPlacement placement;
        await using (var db = database.CreateContext())
            placement = await PairPlacement.ReadAsync(dataset, db, cancellation);
        for (var first = 0L; first < row.Pairs; first += PairsPerRead)
        {
            await using var db = database.CreateContext();
            var end = first + PairsPerRead;
            var pairs = await db.Pairs.Where(p => p.Dataset == dataset.Id && p.Index >= first && p.Index < end)
                .OrderBy(p => p.Index).ToListAsync(cancellation);
            foreach (var pair in pairs)
            {
                cancellation.ThrowIfCancellationRequested();
                var (record, members) = await ReadPairAsync(dataset, pair, placement.Place(pair.Index), earlier, cancellation);
                figures.Add(record);
                figures.AddModels(ProtoJson.Parse<RadiologyReport>(pair.ReportJson), ProtoJson.Parse<CurationVerdict>(pair.VerdictJson));
                await writer.AddPairAsync(record, members, PairRecordMapping.ToRun(pair));
            }

            await progress.ClearWaitingAsync();
        }
    }

    /// <summary>The pair with its image: from what an earlier try has written, from the store, or rendered again.</summary>
    private async Task<(PairRecord Record, ShardMembers Members)> ReadPairAsync(ResolvedDataset dataset, PairRow pair,
        PairPlace place, EarlierImageReader earlier, CancellationToken cancellation)
    {
        var named = await labels.ReadAsync(pair, cancellation);
        try
        {
            var png = earlier.Find(pair, place.Split)
                ?? await objects.GetAsync(ObjectAddress.Create(pair.Tenant, pair.ImageSha256, "image"), cancellation);
            return PairRecordMapping.ToRecord(dataset, pair, place, named, png);
        }
        catch (Exception lost) when (lost is InvalidDataException
            || (lost is MeshException { Reason: var reason } && (reason == ErrorReasons.NotFound || reason == ErrorReasons.DataCorrupt)))
        {
            var restored = await restorer.RestoreAsync(dataset, pair, lost, cancellation);
            return PairRecordMapping.ToRecord(dataset, pair, place, named, restored);
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
