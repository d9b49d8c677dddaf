using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Messages;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// One round of a shard, once all of its pairs have their own verdict: near-duplicates against the shards before and
/// against lower indexes of this one, then new sets for indexes that have used up their attempts. A round without either
/// accepts the shard. Shards go in order and a round sees every pair settled, so nothing here depends on who was first.
/// </summary>
internal sealed class ShardDeduplicator(
    MeshDatabase<BalancerDb> rows, ResolvedDatasetCache contexts, CurationService.CurationServiceClient curation,
    EmbeddingBlockStore embeddings, ReplacementSetPlanner replacements, DatasetTerminator terminator, FaultHandler faults,
    BriefFaultTimer briefFaults, RunningWorkRegistry running, IHostApplicationLifetime lifetime, PairDispatcher dispatcher,
    SealSignal sealing, MeshPublisher bus, CrashInjector crashes, BalancerMetrics metrics, TimeProvider clock,
    ILogger<ShardDeduplicator> logger)
{
    /// <summary>Entity sets an index may have before the data set is given up.</summary>
    private const int MaxSets = 6;

    private const int CandidatesPerCall = 1024;

    public async Task RunAsync(string tenant, string dataset, int shard, CancellationToken cancellation)
    {
        using var activity = BalancerMetrics.StartSpan(dataset, "shard.deduplicate");
        using var scope = running.Enter(dataset);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(cancellation, scope.Ended, lifetime.ApplicationStopping);
        var startedMs = Now();
        var place = FaultPlace.Context;
        try
        {
            var context = await contexts.GetAsync(tenant, dataset, work.Token);
            place = FaultPlace.Duplicates;
            await RoundAsync(context, shard, work.Token);
        }
        catch (Exception) when (work.IsCancellationRequested)
        {
            // Cancelled or paused, or the process stops: nothing was committed, and the reconciler asks again if it is still wanted.
            Log.ShardStopped(logger, dataset, shard);
            if (!scope.Ended.IsCancellationRequested)
                await dispatcher.ReleaseAsync(dataset, shard);
        }
        catch (OperationCanceledException)
        {
            Log.ShardStopped(logger, dataset, shard); // it ended or was paused while the round was under way
            await dispatcher.DelayAsync(dataset, shard);
        }
        catch (Exception error)
        {
            await HandleAsync(tenant, dataset, shard, FaultClassifier.Classify(error, place), startedMs);
        }
    }

    /// <summary>Nothing is written or rendered here, so no fault is an attempt of a pair.</summary>
    private async Task HandleAsync(string tenant, string dataset, int shard, Fault fault, long startedMs)
    {
        if (fault.Kind == FaultKind.LostObject)
            fault = await RestoreAsync(tenant, dataset, shard, fault);
        if (fault.Kind == FaultKind.Attempt)
            fault = fault with { Kind = FaultKind.Transient };
        if (!await faults.ContinuesAsync(tenant, dataset, fault.During($"shard {shard}, duplicates"), startedMs))
            return;
        Log.ShardDelayed(logger, dataset, shard, fault.Message, await dispatcher.DelayAsync(dataset, shard));
    }

    /// <summary>Stores lost features again; with them, the round may work at its next try.</summary>
    private async Task<Fault> RestoreAsync(string tenant, string dataset, int shard, Fault lost)
    {
        try
        {
            return await embeddings.RestoreAsync(tenant, dataset, shard, lifetime.ApplicationStopping)
                ? lost with { Kind = FaultKind.Transient, IsBroken = true } : lost;
        }
        catch (Exception error)
        {
            return FaultClassifier.Classify(error, FaultPlace.Duplicates);
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
                PairRowWriter.RejectRowOf(pair, "duplicate", ["near_duplicate"], ProtoJson.Write(duplicate.Likeness), Now()));
            PairRowWriter.MoveToNextAttempt(pair, context.Resolved.MaxAttempts);
        }

        var exhausted = pairs.FindAll(p => p.Stage == PairStage.Exhausted);
        if (exhausted.Find(p => p.SetNumber + 1 >= MaxSets) is { } hopeless)
        {
            await terminator.FailAsync(tenant, dataset, await ExplainAsync(db, hopeless, cancellation));
            return;
        }

        var use = row.UseJson;
        if (exhausted.Count > 0)
            use = await replacements.ReplaceAsync(context, shard, shardRow.Version, exhausted, cancellation);
        var settled = duplicates.Count == 0 && exhausted.Count == 0;
        var block = settled && !context.Resolved.Curation.AcceptAll ? await embeddings.PutAsync(context.Tenant, pairs, cancellation) : null;
        var elapsed = (long)clock.GetElapsedTime(start).TotalMilliseconds;
        crashes.CrashAt(CrashPoint.RoundDone);
        var committed = await rows.TransactAsync(
            w => CommitAsync(w, row, shardRow, settled ? pairs : [.. pairs.Where(p => p.Stage < PairStage.Judged)], rejects, block, use,
                settled ? pairs.Sum(p => p.ImageSize) : 0, elapsed),
            CancellationToken.None);
        if (!committed)
            return;
        crashes.CrashAt(CrashPoint.RoundStored);
        briefFaults.Reset(dataset, "curation");
        await PublishRoundAsync(context, row, shard, settled, pairs, rejects, cancellation);
    }

    // A model that is not finite needs another cure than sets that nothing passes for.
    private static async Task<Fault> ExplainAsync(BalancerDb db, PairRow pair, CancellationToken cancellation)
    {
        var reasons = await db.Rejects.Where(r => r.Dataset == pair.Dataset && r.Index == pair.Index).Select(r => r.ReasonsJson)
            .ToListAsync(cancellation);
        var notFinite = reasons.Count(json => TextListColumn.Parse(json).Contains(FaultClassifier.NotFinite, StringComparer.Ordinal));
        var reason = 2 * notFinite > reasons.Count ? ErrorReasons.ModelOutputNotFinite : ErrorReasons.Infeasible;
        return new Fault(FaultKind.Spec, reason.Name,
            $"pair {pair.Index}: {pair.Attempt} attempts over {MaxSets} entity sets were rejected"
                + (notFinite > 0 ? $", {notFinite} because the generator gave NaN or infinity" : ""));
    }

    private async Task<List<Duplicate>> DuplicatesAsync(ResolvedDataset context, int shard, List<PairRow> judged,
        CancellationToken cancellation)
    {
        var accepted = await embeddings.ListAcceptedAsync(context, shard, cancellation);
        var losers = new List<Duplicate>();
        for (var from = 0; from < judged.Count; from += CandidatesPerCall)
        {
            var part = judged.GetRange(from, Math.Min(CandidatesPerCall, judged.Count - from));
            var request = new FindDuplicatesRequest
            {
                Model = context.Resolved.Curation.Judge.Name,
                Embedding = PairSpecMapping.ToEmbedding(context.Resolved.Curation),
                Accepted = { accepted },
            };
            request.Candidates.Add(
                part.Select(p => new IndexedEmbedding { Index = p.Index, Values = { EmbeddingColumn.Parse(p.Embedding).ToArray() } }));
            var found = (await curation.FindDuplicatesAsync(request, cancellationToken: cancellation)).Duplicates;
            losers.AddRange(found);
            var lost = found.Select(d => d.Index).ToHashSet();
            var kept = part.FindAll(p => !lost.Contains(p.Index));
            if (from + CandidatesPerCall < judged.Count && kept.Count > 0)
                accepted.Add(await embeddings.PutAsync(context.Tenant, kept, cancellation));
        }

        return losers;
    }

    private static async Task<bool> CommitAsync(
        BalancerDb db, DatasetRow dataset, ShardRow shard, IReadOnlyList<PairRow> changed, List<RejectRow> rejects,
        EmbeddingBlock? embeddings, string use, long storedBytes, long elapsed)
    {
        var settled = rejects.Count == 0 && changed.All(p => p.Stage == PairStage.Judged);
        var (sha256, size) = embeddings is null ? ("", 0L) : (embeddings.Ref.Sha256, embeddings.Ref.SizeBytes);
        var mine = await db.Shards.Where(s => s.Dataset == shard.Dataset && s.Shard == shard.Shard && s.Version == shard.Version && !s.Done)
            .ExecuteUpdateAsync(s => s
                .SetProperty(x => x.Version, x => x.Version + 1)
                .SetProperty(x => x.Done, settled)
                .SetProperty(x => x.DueMs, 0)
                .SetProperty(x => x.Tries, 0)
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
                .SetProperty(d => d.StoredBytes, d => d.StoredBytes + storedBytes)
                .SetProperty(d => d.DuplicatesMs, d => d.DuplicatesMs + elapsed));
        if (live == 0)
            return mine == 0 ? false : throw new OperationCanceledException($"datasets/{dataset.Id} has ended or is paused");
        if (dataset.WaitingTries > 0)
            await WaitingRecorder.ClearAsync(db, dataset.Id, "curation");
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
