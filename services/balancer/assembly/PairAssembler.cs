using System.Text.Json;
using SynCxr.Mesh.Balancer.Canaries;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Messages;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// Takes one pair as far as it goes. Each step calls a peer, then commits by compare-and-set on the row's version: a
/// doubled message does the same step twice and commits it once. A rejection of the content is a row and the next attempt; a fault that may
/// pass changes nothing but the time of the next try; one that does not pauses the data set.
/// </summary>
internal sealed class PairAssembler(
    ResolvedDatasetCache contexts, PairPeerClient peers, PairRowWriter pairs, RunningWorkRegistry running, FaultHandler faults,
    DatasetQuota quota, UnusableReportCounter unusable, ServedModelRecorder servedModels, CanaryRunner canaries,
    PairDispatcher dispatcher, MeshPublisher bus, CrashInjector crashes, BalancerMetrics metrics, IHostApplicationLifetime lifetime,
    TimeProvider clock, ILogger<PairAssembler> logger)
{
    /// <summary>A broker takes a message back that is held for 30 minutes; a pair that needs longer goes on with another message.</summary>
    private static readonly TimeSpan _longestHold = TimeSpan.FromMinutes(10);

    /// <summary>An image that is lost so often in a row can't be made again: who renders and who judges may not share a store.</summary>
    private const int MaxLostInRow = 3;

    public async Task AssembleAsync(string tenant, string dataset, long index, CancellationToken cancellation)
    {
        using var scope = running.Enter(dataset);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(cancellation, scope.Ended, lifetime.ApplicationStopping);
        var start = clock.GetTimestamp();
        try
        {
            if (await OpenContextAsync(tenant, dataset, index, work.Token) is not { } context)
                return;
            while (await pairs.LoadAsync(dataset, index, cancellation) is { Row.Stage: < PairStage.Judged } pair)
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
            // Cancelled or paused, or the process stops: the row is as it was, and whoever comes next takes it up.
            Log.PairStopped(logger, dataset, index);
            if (!scope.Ended.IsCancellationRequested)
                await dispatcher.ReleaseAsync(dataset, [index]);
            return;
        }

        await dispatcher.DispatchShardAsync(dataset, cancellation);
        await dispatcher.DispatchPairsAsync(cancellation);
        crashes.CrashAt(CrashPoint.PairLeft);
    }

    /// <summary>What all pairs of the data set depend on; null where it can't be read, and the data set is paused or waits.</summary>
    private async Task<ResolvedDataset?> OpenContextAsync(string tenant, string dataset, long index, CancellationToken cancellation)
    {
        var startedMs = Now();
        try
        {
            return await contexts.GetAsync(tenant, dataset, cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            var fault = FaultClassifier.Classify(error, FaultPlace.Context).During("reading the data set");
            if (await faults.ContinuesAsync(tenant, dataset, fault, startedMs))
                Log.PairDelayed(logger, dataset, index, nameof(FaultPlace.Context), fault.Cause, fault.Message,
                    await pairs.DelayAsync(dataset, index));
            return null;
        }
    }

    /// <returns>True when the pair may go on.</returns>
    private async Task<bool> StepAsync(ResolvedDataset dataset, LoadedPair loaded, CancellationToken cancellation)
    {
        var (start, startedMs) = (clock.GetTimestamp(), Now());
        using var activity = BalancerMetrics.StartSpan(dataset.Id, $"pair.{loaded.Row.Stage}");
        Fault fault;
        try
        {
            switch (loaded.Row.Stage)
            {
                case PairStage.Planned:
                    var report = await peers.WriteReportAsync(dataset, loaded.Row, cancellation);
                    crashes.CrashAt(CrashPoint.ReportWritten);
                    unusable.Reset(dataset.Id);
                    if (await servedModels.FindFaultAsync(dataset.Id, report, cancellation) is { } changed)
                        return await HandleAsync(dataset, loaded, changed, Elapsed(start), startedMs);
                    if (ReportTextValidator.FindFault(report) is { } refused)
                        return await HandleAsync(dataset, loaded, refused, Elapsed(start), startedMs);
                    return await pairs.CommitAsync(loaded, CrashPoint.ReportStored, Elapsed(start), p =>
                    {
                        p.Stage = PairStage.Reported;
                        p.Findings = report.Findings;
                        p.Impression = report.Impression;
                        p.ReportAttempt = p.Attempt;
                        p.ReportJson = ProtoJson.Write(report);
                    });
                case PairStage.Reported when await quota.FindFaultAsync(dataset.Tenant, cancellation) is { } exhausted:
                    return await HandleAsync(dataset, loaded, exhausted, Elapsed(start), startedMs);
                case PairStage.Reported:
                    var rendered = await peers.RenderImageAsync(dataset, loaded.Row, cancellation);
                    crashes.CrashAt(CrashPoint.ImageRendered);
                    return await pairs.CommitAsync(loaded, CrashPoint.ImageStored, Elapsed(start), p =>
                    {
                        p.Stage = PairStage.Rendered;
                        p.ImageSha256 = rendered.Ref.Sha256;
                        p.ImageSize = rendered.Ref.SizeBytes;
                        p.ImageJson = ProtoJson.Write(rendered.Image);
                        p.PromptTruncated = rendered.Image.PromptTruncated;
                    });
                default:
                    if (await canaries.FindFaultAsync(dataset, loaded.Row, cancellation) is { } drifted)
                        return await HandleAsync(dataset, loaded, drifted, Elapsed(start), startedMs);
                    var judged = await peers.AssessImageAsync(dataset, loaded.Row, cancellation);
                    crashes.CrashAt(CrashPoint.ImageJudged);
                    if (await servedModels.FindFaultAsync(dataset.Id, judged.Verdict, cancellation) is { } otherJudge)
                        return await HandleAsync(dataset, loaded, otherJudge, Elapsed(start), startedMs);
                    var verdict = ProtoJson.Write(judged.Verdict);
                    if (!judged.Verdict.Accepted && !dataset.Resolved.Curation.AcceptAll)
                        return await RejectAsync(dataset, loaded, "image", judged.Verdict.Reasons, verdict, false, Elapsed(start));
                    return await pairs.CommitAsync(loaded, CrashPoint.VerdictStored, Elapsed(start), p =>
                    {
                        p.Stage = PairStage.Judged;
                        p.VerdictJson = verdict;
                        p.Embedding = EmbeddingColumn.Write(judged.Embedding);
                        p.LostInRow = 0;
                    });
            }
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (Exception error)
        {
            fault = FaultClassifier.Classify(error, loaded.Place);
            if (error is not (Grpc.Core.RpcException or MeshException) && fault.IsBroken)
                Log.PairStepFailed(logger, error, dataset.Id, loaded.Row.Index, loaded.Row.Stage.ToString());
        }

        return await HandleAsync(dataset, loaded, fault, Elapsed(start), startedMs);
    }

    /// <returns>True when the pair may go on at once.</returns>
    private async Task<bool> HandleAsync(ResolvedDataset dataset, LoadedPair loaded, Fault fault, long elapsed, long startedMs)
    {
        var pair = loaded.Row;
        if (fault.Kind == FaultKind.LostObject && pair.LostInRow + 1 < MaxLostInRow)
        {
            Log.ImageLost(logger, dataset.Id, pair.Index, pair.ImageSha256, fault.Message);
            return await pairs.LoseImageAsync(loaded, elapsed);
        }

        if (fault.Kind == FaultKind.LostObject)
            fault = fault with { Kind = FaultKind.Dataset, Detail = $"its image was lost {MaxLostInRow} times in a row: {fault.Detail}" };
        if (fault.Rejection.Reason is FaultClassifier.ContextExceeded or FaultClassifier.EmptyText
            && unusable.RecordPair(dataset.Id, pair.Index) >= UnusableReportCounter.MaxPairs)
            fault = fault with { Kind = FaultKind.Dataset, Detail = $"{UnusableReportCounter.MaxPairs} pairs in a row: {fault.Detail}" };
        if (!await faults.ContinuesAsync(
            dataset.Tenant, dataset.Id, fault.During($"pair {pair.Index}, {pair.Stage}"), startedMs))
            return false;
        if (fault.Kind == FaultKind.Attempt)
            return await RejectAsync(dataset, loaded, fault.Rejection.Step, [fault.Rejection.Reason],
                JsonSerializer.Serialize(fault.Detail), fault.NeedsNewReport, elapsed);
        Log.PairDelayed(logger, dataset.Id, pair.Index, pair.Stage.ToString(), fault.Cause, fault.Message,
            await pairs.DelayAsync(dataset.Id, pair.Index));
        return false;
    }

    private async Task<bool> RejectAsync(ResolvedDataset dataset, LoadedPair loaded, string step, IReadOnlyList<string> reasons,
        string evidence, bool needsNewReport, long elapsed)
    {
        var pair = loaded.Row;
        var reject = PairRowWriter.RejectRowOf(pair, step, reasons, evidence, Now());
        if (!await pairs.RejectAsync(loaded, reject, dataset.Resolved.MaxAttempts, needsNewReport, elapsed))
            return false;
        Log.PairRejected(logger, dataset.Id, pair.Index, pair.Attempt, string.Join(", ", reasons));
        metrics.RecordRejected(step);
        await bus.PublishAsync(
            [new PairRejected(DatasetCorrelationId.Derive(dataset.Id, pair.Index), dataset.Tenant, dataset.Id, pair.Index, pair.Attempt,
                reasons)], CancellationToken.None);
        return true;
    }

    private long Elapsed(long start) => (long)clock.GetElapsedTime(start).TotalMilliseconds;

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
