using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>A pair's row as a step found it.</summary>
/// <param name="IsWaiting">Whether its data set said at that time that it waits for something.</param>
internal sealed record LoadedPair(PairRow Row, bool IsWaiting)
{
    /// <summary>The work that its stage asks for.</summary>
    public FaultPlace Place => Row.Stage switch
    {
        PairStage.Planned => FaultPlace.Report,
        PairStage.Reported => FaultPlace.Image,
        _ => FaultPlace.Verdict,
    };
}

/// <summary>Reads and moves pairs: each move is a compare-and-set on the row's version.</summary>
internal sealed class PairRowWriter(MeshDatabase<BalancerDb> rows, CrashInjector crashes, BalancerMetrics metrics,
    FailureShareMonitor failures, BriefFaultTimer briefFaults, IOptions<BalancerOptions> options, TimeProvider clock)
{
    /// <summary>The pair while its data set wants it.</summary>
    public async Task<LoadedPair?> LoadAsync(string dataset, long index, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        var loaded = await db.Pairs.Where(p => p.Dataset == dataset && p.Index == index)
            .Join(db.Datasets.Where(d => d.Stage == DatasetStage.Assembling), p => p.Dataset, d => d.Id,
                (p, d) => new { Row = p, IsWaiting = d.WaitingTries > 0 })
            .FirstOrDefaultAsync(cancellation);
        return loaded is null ? null : new LoadedPair(loaded.Row, loaded.IsWaiting);
    }

    /// <summary>The step is done: the pair goes on.</summary>
    /// <param name="elapsed">Of the step, in milliseconds.</param>
    public async Task<bool> CommitAsync(LoadedPair pair, CrashPoint stored, long elapsed, Action<PairRow> change)
    {
        if (!await MoveAsync(pair, stored, elapsed, (_, next) => change(next)))
            return false;
        failures.RecordSuccess(pair.Row.Dataset);
        return true;
    }

    /// <summary>The attempt is rejected: its row is kept, and the pair is at its next attempt.</summary>
    public Task<bool> RejectAsync(LoadedPair pair, RejectRow reject, int maxAttempts, bool needsNewReport, long elapsed) => MoveAsync(
        pair, CrashPoint.AttemptRejected, elapsed, (db, next) =>
        {
            db.Add(reject);
            if (needsNewReport)
                (next.ReportJson, next.Findings, next.Impression) = ("", "", "");
            MoveToNextAttempt(next, maxAttempts);
        });

    /// <summary>The image is gone from the store, or damaged: the pair goes back to be rendered from the same seed.</summary>
    public async Task<bool> LoseImageAsync(LoadedPair pair, long elapsed)
    {
        if (!await MoveAsync(pair, null, elapsed, (_, next) =>
        {
            next.Stage = PairStage.Reported;
            ForgetImage(next);
            next.LostImages++;
            next.LostInRow++;
        }))
            return false;
        metrics.RecordLostObjects(1);
        return true;
    }

    /// <summary>A fault that may pass: the pair is due again later, later after each in a row.</summary>
    /// <returns>How long it waits.</returns>
    public async Task<TimeSpan> DelayAsync(string dataset, long index)
    {
        await using var reading = rows.CreateContext();
        var tries = await reading.Pairs.Where(p => p.Dataset == dataset && p.Index == index).Select(p => p.Tries).FirstOrDefaultAsync();
        var pause = RetryDelayPolicy.DelayAfter(options.Value.RetryAfter, tries);
        var due = Now() + (long)pause.TotalMilliseconds;
        await rows.TransactAsync(
            db => db.Pairs.Where(p => p.Dataset == dataset && p.Index == index && p.Stage < PairStage.Judged)
                .ExecuteUpdateAsync(s => s
                    .SetProperty(p => p.Tries, p => p.Tries + 1)
                    .SetProperty(p => p.TriesInAll, p => p.TriesInAll + 1)
                    .SetProperty(p => p.DueMs, due)),
            CancellationToken.None);
        return pause;
    }

    /// <summary>The row of a rejected attempt.</summary>
    public static RejectRow RejectRowOf(PairRow pair, string step, IReadOnlyList<string> reasons, string evidence, long nowMs) => new()
    {
        Dataset = pair.Dataset,
        Index = pair.Index,
        Attempt = pair.Attempt,
        Tenant = pair.Tenant,
        Step = step,
        ReasonsJson = TextListColumn.Write(reasons),
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
        pair.LostInRow = 0;
        ForgetImage(pair);
    }

    private static void ForgetImage(PairRow pair)
    {
        pair.ImageSha256 = "";
        pair.ImageSize = 0;
        pair.ImageJson = "";
        pair.PromptTruncated = false;
        pair.VerdictJson = "";
        pair.Embedding = [];
    }

    /// <summary>
    /// The compare-and-set: whoever raises the version of the row first holds it until the end of the transaction, and moves it.
    /// </summary>
    private async Task<bool> MoveAsync(LoadedPair loaded, CrashPoint? stored, long elapsed, Action<BalancerDb, PairRow> change)
    {
        var pair = loaded.Row;
        var moved = await rows.TransactAsync(
            async db =>
            {
                if (await UnmovedRow(db, pair).ExecuteUpdateAsync(s => s.SetProperty(p => p.Version, p => p.Version + 1)) == 0)
                    return false;
                var next = pair.Copy();
                next.Version++;
                db.Attach(next);
                change(db, next);
                RecordCost(next, loaded.Place, elapsed);
                await db.SaveChangesAsync();
                if (next.LostImages > pair.LostImages)
                    await db.Datasets.Where(d => d.Id == pair.Dataset)
                        .ExecuteUpdateAsync(s => s.SetProperty(d => d.LostImages, d => d.LostImages + 1));
                if (loaded.IsWaiting)
                    await WaitingRecorder.ClearAsync(db, pair.Dataset, ServiceOf(loaded.Place));
                return true;
            },
            CancellationToken.None);
        if (!moved)
            return false;
        if (stored is { } point)
            crashes.CrashAt(point);
        briefFaults.Reset(pair.Dataset, ServiceOf(loaded.Place));
        metrics.RecordStep(pair.Stage.ToString(), TimeSpan.FromMilliseconds(elapsed));
        return true;
    }

    private void RecordCost(PairRow pair, FaultPlace step, long elapsed)
    {
        pair.Tries = 0;
        pair.TriesInAll++;
        pair.DueMs = Now() + (long)options.Value.OverdueAfter.TotalMilliseconds;
        pair.Host = Environment.MachineName;
        pair.DoneMs = Now();
        _ = step switch
        {
            FaultPlace.Report => pair.ReportMs += elapsed,
            FaultPlace.Image => pair.ImageMs += elapsed,
            _ => pair.CurationMs += elapsed,
        };
    }

    private static string ServiceOf(FaultPlace step) => step switch
    {
        FaultPlace.Report => "report",
        FaultPlace.Image => "diffusion",
        _ => "curation",
    };

    /// <summary>The row if nobody has moved it and its data set still wants it.</summary>
    private static IQueryable<PairRow> UnmovedRow(BalancerDb db, PairRow pair) => db.Pairs.Where(p =>
        p.Dataset == pair.Dataset && p.Index == pair.Index && p.Version == pair.Version
        && db.Datasets.Any(d => d.Id == pair.Dataset && d.Stage == DatasetStage.Assembling));

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
