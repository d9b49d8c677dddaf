using System.Text.Json;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Messages;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// Takes one pair as far as it goes. Each step calls a peer, then commits by compare-and-set on the row's version: a
/// doubled message does the same step twice and commits it once. A rejection of the content is a row and the next attempt;
/// a failing peer changes nothing but the time of the next try.
/// </summary>
internal sealed class PairAssembler(
    MeshDatabase<BalancerDb> rows, ResolvedDatasetCache contexts, PairPeerClient peers, RunningWorkRegistry running, DatasetTerminator end,
    PairDispatcher dispatcher, MeshPublisher bus, CrashInjector crashes, BalancerMetrics metrics,
    IHostApplicationLifetime lifetime, IOptions<BalancerOptions> options, TimeProvider clock, ILogger<PairAssembler> logger)
{
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    /// <summary>A broker takes a message back that is held for 30 minutes; a pair that needs longer goes on with another message.</summary>
    private static readonly TimeSpan _longestHold = TimeSpan.FromMinutes(10);

    public async Task AssembleAsync(string tenant, string dataset, long index, CancellationToken cancellation)
    {
        var context = await contexts.GetAsync(tenant, dataset, cancellation);
        using var piece = running.Enter(dataset);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(cancellation, piece.Ended, lifetime.ApplicationStopping);
        var start = clock.GetTimestamp();
        try
        {
            while (await LoadAsync(dataset, index, cancellation) is { Stage: < PairStage.Judged } pair)
            {
                crashes.CrashAt(CrashPoint.PairLoaded);
                if (!await StepAsync(context, pair, work.Token))
                    break;
                if (clock.GetElapsedTime(start) > _longestHold)
                {
                    await dispatcher.ReleaseAsync(dataset, [index]);
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (work.IsCancellationRequested)
        {
            // Cancelled, or the process stops: the row is as it was, and whoever comes next takes it up.
            Log.PairStopped(logger, dataset, index);
            if (!piece.Ended.IsCancellationRequested)
                await dispatcher.ReleaseAsync(dataset, [index]);
            return;
        }

        await dispatcher.DispatchShardAsync(dataset, cancellation);
        await dispatcher.DispatchPairsAsync(cancellation);
        crashes.CrashAt(CrashPoint.PairLeft);
    }

    /// <returns>True when the pair may go on.</returns>
    private async Task<bool> StepAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        var start = clock.GetTimestamp();
        var tries = pair.Tries;
        using var activity = BalancerMetrics.StartSpan(pair.Dataset, $"pair.{pair.Stage}");
        try
        {
            switch (pair.Stage)
            {
                case PairStage.Planned:
                    var report = await peers.WriteReportAsync(dataset, pair, cancellation);
                    crashes.CrashAt(CrashPoint.ReportWritten);
                    return await CommitAsync(pair, CrashPoint.ReportStored, Elapsed(start), p =>
                    {
                        p.Stage = PairStage.Reported;
                        p.Findings = report.Findings;
                        p.Impression = report.Impression;
                        p.ReportAttempt = p.Attempt;
                        p.ReportJson = ProtoJson.Write(report);
                    });
                case PairStage.Reported:
                    var rendered = await peers.RenderImageAsync(dataset, pair, cancellation);
                    crashes.CrashAt(CrashPoint.ImageRendered);
                    return await CommitAsync(pair, CrashPoint.ImageStored, Elapsed(start), p =>
                    {
                        p.Stage = PairStage.Rendered;
                        p.ImageSha256 = rendered.Ref.Sha256;
                        p.ImageSize = rendered.Ref.SizeBytes;
                        p.ImageJson = ProtoJson.Write(rendered.Image);
                        p.PromptTruncated = rendered.Image.PromptTruncated;
                    });
                default:
                    var judged = await peers.AssessImageAsync(dataset, pair, cancellation);
                    crashes.CrashAt(CrashPoint.ImageJudged);
                    var verdict = ProtoJson.Write(judged.Verdict);
                    if (!judged.Verdict.Accepted && !dataset.Resolved.Curation.AcceptAll)
                        return await RejectAsync(dataset, pair, "image", judged.Verdict.Reasons, verdict, Elapsed(start));
                    return await CommitAsync(pair, CrashPoint.VerdictStored, Elapsed(start), p =>
                    {
                        p.Stage = PairStage.Judged;
                        p.VerdictJson = verdict;
                        p.Embedding = EmbeddingColumn.Write(judged.Embedding);
                    });
            }
        }
        catch (RpcException error) when (!cancellation.IsCancellationRequested)
        {
            var kind = PeerFailureClassifier.Classify(error);
            return kind == PeerFailureKind.Content
                ? await RejectAsync(dataset, pair, "report", ["entity_check"], JsonSerializer.Serialize(error.Status.Detail),
                    Elapsed(start))
                : await DelayOrFailAsync(dataset, pair, tries, kind, error, error.StatusCode.ToString(), error.Status.Detail);
        }
        catch (RpcException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A defect of ours: without this the pair would wait for its message to be overdue.
            var kind = PeerFailureClassifier.Classify(error);
            if (kind != PeerFailureKind.Transient)
                Log.PairStepFailed(logger, error, dataset.Id, pair.Index, pair.Stage.ToString());
            return await DelayOrFailAsync(dataset, pair, tries, kind, error, error.GetType().Name, error.Message);
        }
    }

    private async Task<bool> DelayOrFailAsync(ResolvedDataset dataset, PairRow pair, int tries, PeerFailureKind kind, Exception error,
        string status, string detail)
    {
        if (kind == PeerFailureKind.Permanent || (kind == PeerFailureKind.Suspect && tries + 1 >= PeerFailureClassifier.SuspectTries))
        {
            await end.FailAsync(dataset.Tenant, dataset.Id,
                FailureMapping.ToFailure(error, $"pair {pair.Index}, {pair.Stage}: {status}: {detail}"));
            return false;
        }

        var pause = TimeSpan.FromTicks(Math.Min(_longestPause.Ticks, options.Value.RetryAfter.Ticks << Math.Min(tries, 12)));
        Log.PairDelayed(logger, dataset.Id, pair.Index, pair.Stage.ToString(), status, detail, pause);
        var due = Now() + (long)pause.TotalMilliseconds;
        await rows.TransactAsync(
            db => db.Pairs.Where(p => p.Dataset == pair.Dataset && p.Index == pair.Index && p.Stage < PairStage.Judged)
                .ExecuteUpdateAsync(s => s
                .SetProperty(p => p.Tries, p => p.Tries + 1)
                .SetProperty(p => p.TriesInAll, p => p.TriesInAll + 1)
                .SetProperty(p => p.DueMs, due)),
            CancellationToken.None);
        return false;
    }

    private Task<bool> CommitAsync(PairRow pair, CrashPoint stored, long elapsed, Action<PairRow> change) =>
        MoveAsync(pair, stored, elapsed, (_, next) => change(next));

    private async Task<bool> RejectAsync(
        ResolvedDataset dataset, PairRow pair, string step, IReadOnlyList<string> reasons, string evidence, long elapsed)
    {
        var committed = await MoveAsync(pair, CrashPoint.AttemptRejected, elapsed, (db, next) =>
        {
            db.Add(RejectRowOf(pair, step, reasons, evidence, Now()));
            MoveToNextAttempt(next, dataset.Resolved.MaxAttempts);
        });
        if (committed)
        {
            Log.PairRejected(logger, dataset.Id, pair.Index, pair.Attempt, string.Join(", ", reasons));
            metrics.RecordRejected(step);
            await bus.PublishAsync(
                [new PairRejected(DatasetCorrelationId.Derive(dataset.Id, pair.Index), dataset.Tenant, dataset.Id, pair.Index,
                    pair.Attempt, reasons)], CancellationToken.None);
        }

        return committed;
    }

    /// <summary>
    /// The compare-and-set: whoever raises the version of the row first holds it until the end of the transaction, and moves it.
    /// </summary>
    private async Task<bool> MoveAsync(PairRow pair, CrashPoint stored, long elapsed, Action<BalancerDb, PairRow> change)
    {
        var moved = await rows.TransactAsync(
            async db =>
            {
                if (await UnmovedRow(db, pair).ExecuteUpdateAsync(s => s.SetProperty(p => p.Version, p => p.Version + 1)) == 0)
                    return false;
                var next = pair.Copy();
                next.Version++;
                db.Attach(next);
                change(db, next);
                RecordCost(next, pair.Stage, elapsed);
                await db.SaveChangesAsync();
                return true;
            },
            CancellationToken.None);
        if (!moved)
            return false;
        crashes.CrashAt(stored);
        metrics.RecordStep(pair.Stage.ToString(), TimeSpan.FromMilliseconds(elapsed));
        return true;
    }

    /// <summary>The row of a rejected attempt.</summary>
    public static RejectRow RejectRowOf(PairRow pair, string step, IReadOnlyList<string> reasons, string evidence, long nowMs) => new()
    {
        Dataset = pair.Dataset,
        Index = pair.Index,
        Attempt = pair.Attempt,
        Tenant = pair.Tenant,
        Step = step,
        ReasonsJson = JsonSerializer.Serialize(reasons),
        EntitiesJson = pair.EntitiesJson,
        Findings = pair.Findings,
        Impression = pair.Impression,
        ImageSha256 = pair.ImageSha256,
        ImageJson = pair.ImageJson,
        EvidenceJson = evidence,
        AtMs = nowMs,
    };

    /// <summary>
    /// Moves a pair to its next attempt: a new image of the same report, or a new report if it has none; no attempt left, a new set.
    /// </summary>
    public static void MoveToNextAttempt(PairRow pair, int maxAttempts)
    {
        pair.Attempt++;
        pair.Stage = pair.Attempt >= (pair.SetNumber + 1) * maxAttempts ? PairStage.Exhausted
            : pair.ReportJson.Length == 0 ? PairStage.Planned : PairStage.Reported;
        pair.ImageSha256 = "";
        pair.ImageSize = 0;
        pair.ImageJson = "";
        pair.PromptTruncated = false;
        pair.VerdictJson = "";
        pair.Embedding = [];
    }

    private void RecordCost(PairRow pair, PairStage step, long elapsed)
    {
        pair.Tries = 0;
        pair.TriesInAll++;
        pair.DueMs = Now() + (long)options.Value.OverdueAfter.TotalMilliseconds;
        pair.Host = Environment.MachineName;
        pair.DoneMs = Now();
        _ = step switch
        {
            PairStage.Planned => pair.ReportMs += elapsed,
            PairStage.Reported => pair.ImageMs += elapsed,
            _ => pair.CurationMs += elapsed,
        };
    }

    /// <summary>The row if nobody has moved it and its data set still wants it.</summary>
    private static IQueryable<PairRow> UnmovedRow(BalancerDb db, PairRow pair) => db.Pairs.Where(p =>
        p.Dataset == pair.Dataset && p.Index == pair.Index && p.Version == pair.Version
        && db.Datasets.Any(d => d.Id == pair.Dataset && d.Stage == DatasetStage.Assembling));

    private async Task<PairRow?> LoadAsync(string dataset, long index, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        return await db.Pairs.FirstOrDefaultAsync(
            p => p.Dataset == dataset && p.Index == index && db.Datasets.Any(d => d.Id == dataset && d.Stage == DatasetStage.Assembling),
            cancellation);
    }

    private long Elapsed(long start) => (long)clock.GetElapsedTime(start).TotalMilliseconds;

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
