using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Messages;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// One round of a shard, once all of its pairs have their own verdict: near-duplicates against the shards before and
/// against lower indexes of this one, then new sets for indexes that have used up their attempts. A round without either
/// accepts the shard. Shards go in order and a round sees every pair settled, so nothing here depends on who was first.
/// </summary>
internal sealed class ShardDeduplicator(
    MeshDatabase<BalancerDb> rows, ResolvedDatasetCache contexts, CurationService.CurationServiceClient curation, IObjectStore objects,
    DatasetTerminator end, RunningWorkRegistry running, IHostApplicationLifetime lifetime, PairDispatcher dispatcher, SealSignal sealing,
    MeshPublisher bus,
    CrashInjector crashes, BalancerMetrics metrics, IOptions<BalancerOptions> options, TimeProvider clock,
    ILogger<ShardDeduplicator> logger)
{
    /// <summary>Entity sets an index may have before the data set is given up.</summary>
    private const int MaxSets = 6;

    private const int CandidatesPerCall = 1024;

    public async Task RunAsync(string tenant, string dataset, int shard, CancellationToken cancellation)
    {
        using var activity = BalancerMetrics.StartSpan(dataset, "shard.deduplicate");
        using var piece = running.Enter(dataset);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(cancellation, piece.Ended, lifetime.ApplicationStopping);
        try
        {
            await RoundAsync(await contexts.GetAsync(tenant, dataset, work.Token), shard, work.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or RpcException && work.IsCancellationRequested)
        {
            // Cancelled, or the process stops: nothing was committed, and the reconciler asks again if it is still wanted.
            Log.ShardStopped(logger, dataset, shard);
            if (!piece.Ended.IsCancellationRequested)
                await dispatcher.ReleaseAsync(dataset, shard, TimeSpan.Zero);
        }
        catch (RpcException error) when (PeerFailureClassifier.Classify(error) == PeerFailureKind.Permanent)
        {
            await end.FailAsync(tenant, dataset,
                FailureMapping.ToFailure(error, $"shard {shard}, duplicates: {error.StatusCode}: {error.Status.Detail}"));
        }
        catch (Exception error) when (error is RpcException or MeshException { Reason.Status: StatusCode.Unavailable })
        {
            Log.ShardDelayed(logger, dataset, shard, error.Message);
            await dispatcher.ReleaseAsync(dataset, shard, options.Value.RetryAfter);
        }
    }

    private async Task RoundAsync(ResolvedDataset context, int shard, CancellationToken cancellation)
    {
        var (tenant, dataset) = (context.Tenant, context.Id);
        var start = clock.GetTimestamp();
        await using var db = rows.CreateContext();
        var row = await db.Datasets.FirstOrDefaultAsync(d => d.Id == dataset && d.Stage == DatasetStage.Assembling && d.ShardsDone == shard,
            cancellation);
        if (row is null)
            return;
        var shardRow = await db.Shards.FirstAsync(s => s.Dataset == dataset && s.Shard == shard, cancellation);
        var pairs = await db.Pairs.Where(p => p.Dataset == dataset && p.Shard == shard).OrderBy(p => p.Index).ToListAsync(cancellation);
        if (pairs.Exists(p => p.Stage < PairStage.Judged))
            return;
        crashes.CrashAt(CrashPoint.ShardLoaded);

        var duplicates = context.Resolved.Curation.AcceptAll
            ? []
            : await DuplicatesAsync(context, shard, pairs.FindAll(p => p.Stage == PairStage.Judged), cancellation);
        var rejects = new List<RejectRow>();
        foreach (var duplicate in duplicates)
        {
            var pair = pairs.Find(p => p.Index == duplicate.Index)
                ?? throw new InvalidOperationException($"curation names pair {duplicate.Index}, which it was not asked about");
            rejects.Add(
                PairAssembler.RejectRowOf(pair, "duplicate", ["near_duplicate"], ProtoJson.Write(duplicate.Likeness), Now()));
            PairAssembler.MoveToNextAttempt(pair, context.Resolved.MaxAttempts);
        }

        var exhausted = pairs.FindAll(p => p.Stage == PairStage.Exhausted);
        if (exhausted.Find(p => p.SetNumber + 1 >= MaxSets) is { } hopeless)
        {
            await end.FailAsync(tenant, dataset, new Failure
            {
                Reason = ErrorReasons.Infeasible.Name,
                Message = $"pair {hopeless.Index}: {hopeless.Attempt} attempts over {MaxSets} entity sets were rejected",
            });
            return;
        }

        var use = row.UseJson;
        if (exhausted.Count > 0)
            use = await ReplaceAsync(context, shard, shardRow.Version, exhausted, cancellation);
        var settled = duplicates.Count == 0 && exhausted.Count == 0;
        var embeddings = settled ? await StoreEmbeddingsAsync(context, pairs, cancellation) : null;
        var elapsed = (long)clock.GetElapsedTime(start).TotalMilliseconds;
        crashes.CrashAt(CrashPoint.RoundDone);
        var committed = await rows.TransactAsync(
            w => CommitAsync(w, row, shardRow, settled ? pairs : [.. pairs.Where(p => p.Stage < PairStage.Judged)], rejects, embeddings,
                use, elapsed),
            CancellationToken.None);
        if (!committed)
            return;
        crashes.CrashAt(CrashPoint.RoundStored);
        await PublishRoundAsync(context, row, shard, settled, pairs, rejects, cancellation);
    }

    private async Task<List<Duplicate>> DuplicatesAsync(ResolvedDataset context, int shard, List<PairRow> judged,
        CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        var accepted = new List<EmbeddingBlock>();
        var size = context.Resolved.ShardSize;
        foreach (var done in await db.Shards.Where(s => s.Dataset == context.Id && s.Shard < shard).OrderBy(s => s.Shard)
            .ToListAsync(cancellation))
        {
            if (done.EmbeddingsSha256.Length == 0)
                continue;
            var address = ObjectAddress.Create(context.Tenant, done.EmbeddingsSha256, "embeddings");
            var block = new EmbeddingBlock { Ref = address.ToReference("application/octet-stream", done.EmbeddingsSize) };
            for (var i = (long)done.Shard * size; i < Math.Min(context.Resolved.Pairs, (done.Shard + 1L) * size); i++)
                block.Indexes.Add(i);
            accepted.Add(block);
        }

        var losers = new List<Duplicate>();
        for (var from = 0; from < judged.Count; from += CandidatesPerCall)
        {
            var part = judged.GetRange(from, Math.Min(CandidatesPerCall, judged.Count - from));
            var request = new FindDuplicatesRequest { Model = context.Resolved.Curation.Judge.Name, Accepted = { accepted } };
            request.Candidates.Add(
                part.Select(p => new IndexedEmbedding { Index = p.Index, Values = { EmbeddingColumn.Parse(p.Embedding).ToArray() } }));
            var found = (await curation.FindDuplicatesAsync(request, cancellationToken: cancellation)).Duplicates;
            losers.AddRange(found);
            var lost = found.Select(d => d.Index).ToHashSet();
            var kept = part.FindAll(p => !lost.Contains(p.Index));
            if (from + CandidatesPerCall < judged.Count && kept.Count > 0)
                accepted.Add(await PutBlockAsync(context, kept, cancellation));
        }

        return losers;
    }

    private async Task<EmbeddingBlock> PutBlockAsync(ResolvedDataset context, List<PairRow> pairs, CancellationToken cancellation)
    {
        byte[] bytes = [.. pairs.SelectMany(p => p.Embedding)];
        var address = await objects.PutAsync(context.Tenant, bytes, cancellation);
        return new EmbeddingBlock
        {
            Ref = address.ToReference("application/octet-stream", bytes.Length),
            Indexes = { pairs.Select(p => p.Index) },
        };
    }

    private async Task<EmbeddingBlock?> StoreEmbeddingsAsync(ResolvedDataset context, List<PairRow> pairs,
        CancellationToken cancellation) =>
        context.Resolved.Curation.AcceptAll ? null : await PutBlockAsync(context, pairs, cancellation);

    /// <summary>
    /// Gives exhausted indexes new sets from the capacity that the others leave; where that holds none, they keep theirs.
    /// </summary>
    private async Task<string> ReplaceAsync(ResolvedDataset context, int shard, int round, List<PairRow> exhausted,
        CancellationToken cancellation)
    {
        var number = context.Sampling.Entities.Select((e, i) => (e.Id, i)).ToDictionary(x => x.Id, x => x.i, StringComparer.Ordinal);
        var uses = new long[context.Sampling.Entities.Count];
        var leaving = exhausted.Select(p => p.Index).ToHashSet();
        await using var db = rows.CreateContext();
        await foreach (var pair in db.Pairs.Where(p => p.Dataset == context.Id).Select(p => new { p.Index, p.EntitiesJson })
            .AsAsyncEnumerable().WithCancellation(cancellation))
        {
            foreach (var id in leaving.Contains(pair.Index) ? [] : TextListColumn.Parse(pair.EntitiesJson))
                uses[number[id]]++;
        }

        var seed = StageSeed.Derive(context.SpecDigest, shard, StageSeed.Replacement, round);
        var sets = SetPlanner.PlanReplacements(context.Sampling, context.Resolved.Draw.UsageCap, uses, [.. leaving.Order()], seed,
            cancellation);
        Log.SetsReplaced(logger, context.Id, shard, exhausted.Count, sets is null ? "none possible, they keep theirs" : "new sets");
        for (var i = 0; i < exhausted.Count; i++)
        {
            var pair = exhausted[i];
            pair.SetNumber++;
            pair.Stage = PairStage.Planned;
            pair.ReportJson = "";
            pair.Findings = "";
            pair.Impression = "";
            if (sets is not null)
                pair.EntitiesJson = TextListColumn.Write(sets[i].Select(e => e.Id));
            foreach (var id in TextListColumn.Parse(pair.EntitiesJson))
                uses[number[id]]++;
        }

        return EntityUseStatistics.FromCounts(context.Sampling, uses).ToJson();
    }

    private static async Task<bool> CommitAsync(
        BalancerDb db, DatasetRow dataset, ShardRow shard, IReadOnlyList<PairRow> changed, List<RejectRow> rejects,
        EmbeddingBlock? embeddings, string use, long elapsed)
    {
        var settled = rejects.Count == 0 && changed.All(p => p.Stage == PairStage.Judged);
        var (sha256, size) = embeddings is null ? ("", 0L) : (embeddings.Ref.Sha256, embeddings.Ref.SizeBytes);
        var mine = await db.Shards.Where(s => s.Dataset == shard.Dataset && s.Shard == shard.Shard && s.Version == shard.Version && !s.Done)
            .ExecuteUpdateAsync(s => s
                .SetProperty(x => x.Version, x => x.Version + 1)
                .SetProperty(x => x.Done, settled)
                .SetProperty(x => x.DueMs, 0)
                .SetProperty(x => x.EmbeddingsSha256, sha256)
                .SetProperty(x => x.EmbeddingsSize, size));
        var next = settled && shard.Shard + 1 == dataset.Shards ? DatasetStage.Sealing : DatasetStage.Assembling;
        var done = settled ? 1 : 0;
        var live = mine == 0 ? 0 : await db.Datasets.Where(d => d.Id == dataset.Id && d.Stage == DatasetStage.Assembling)
            .ExecuteUpdateAsync(s => s
                .SetProperty(d => d.Version, d => d.Version + 1)
                .SetProperty(d => d.ShardsDone, d => d.ShardsDone + done)
                .SetProperty(d => d.Stage, next)
                .SetProperty(d => d.UseJson, use)
                .SetProperty(d => d.DuplicatesMs, d => d.DuplicatesMs + elapsed));
        if (live == 0)
            return mine == 0 ? false : throw new OperationCanceledException($"datasets/{dataset.Id} has ended");
        if (settled)
        {
            await db.Pairs.Where(p => p.Dataset == dataset.Id && p.Shard == shard.Shard)
                .ExecuteUpdateAsync(s => s.SetProperty(p => p.Stage, PairStage.Accepted).SetProperty(p => p.Version, p => p.Version + 1));
            return true;
        }

        db.AddRange(rejects);
        foreach (var pair in changed)
        {
            var moved = pair.Copy();
            db.Attach(moved).State = EntityState.Modified;
            moved.Version = pair.Version + 1;
            moved.DueMs = 0;
            moved.Tries = 0;
        }

        await db.SaveChangesAsync();
        return true;
    }

    private async Task PublishRoundAsync(
        ResolvedDataset context, DatasetRow row, int shard, bool settled, List<PairRow> pairs, List<RejectRow> rejects,
        CancellationToken cancellation)
    {
        foreach (var reject in rejects)
            metrics.RecordRejected("duplicate");
        await bus.PublishAsync(
            [.. rejects.Select(
                r => new PairRejected(DatasetCorrelationId.Derive(context.Id, r.Index), context.Tenant, context.Id, r.Index, r.Attempt,
                    ["near_duplicate"]))], cancellation);
        if (settled)
        {
            Log.ShardAccepted(logger, context.Id, shard, pairs.Count);
            metrics.RecordAccepted(pairs.Count);
            await bus.PublishAsync(
                [.. pairs.Select(
                    p => new PairAccepted(DatasetCorrelationId.Derive(context.Id, p.Index), context.Tenant, context.Id, p.Index,
                        p.Attempt))], cancellation);
            if (shard + 1 == row.Shards)
                sealing.Wake();
            else
                await dispatcher.DispatchShardAsync(context.Id, cancellation);
        }

        await dispatcher.DispatchPairsAsync(cancellation);
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
