using System.Globalization;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Balancer.Canaries;

/// <summary>
/// Sends canaries before pictures of pairs and pauses a data set whose judge drifts. What was seen is rows: it outlives the process, and a
/// message that came twice counts once.
/// </summary>
internal sealed class CanaryRunner(MeshDatabase<BalancerDb> rows, CurationService.CurationServiceClient curation,
    IOptions<CanaryOptions> options, BalancerMetrics metrics, TimeProvider clock)
{
    private readonly CanarySchedule _schedule = new(options.Value);
    private readonly CanaryDriftTest _test = new(options.Value);

    /// <summary>Has the judge assess a canary where one is due before the picture of an attempt.</summary>
    /// <returns>What pauses the data set where the judge drifts; else null.</returns>
    public async Task<Fault?> FindFaultAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        if (!await IsDueAsync(dataset, pair, cancellation) || await AssessAsync(dataset, pair, cancellation) is not { } answer)
            return null;
        var row = new CanaryRow
        {
            Dataset = dataset.Id,
            Index = pair.Index,
            Attempt = pair.Attempt,
            Name = answer.Name,
            IsGood = answer.IsGood,
            IsAccepted = answer.Verdict.Accepted,
            AtMs = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        if (await StoreAsync(row) is not { } sum)
            return null;
        metrics.RecordCanary(row.IsGood, row.IsAccepted);
        return sum < CanaryDriftTest.Limit ? null : await DescribeAsync(dataset.Id, cancellation);
    }

    private async Task<bool> IsDueAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        if (!_schedule.IsDue(dataset.SpecDigest, pair.Index, pair.Attempt, isSuspected: true))
            return false;
        await using var db = rows.CreateContext();
        if (!_schedule.IsDue(dataset.SpecDigest, pair.Index, pair.Attempt, isSuspected: false)
            && !await db.Datasets.AnyAsync(d => d.Id == dataset.Id && d.CanarySum > 0, cancellation))
            return false;
        return !await db.Canaries.AnyAsync(c => c.Dataset == dataset.Id && c.Index == pair.Index && c.Attempt == pair.Attempt,
            cancellation);
    }

    /// <summary>Null where the curation service has no canaries.</summary>
    private async Task<AssessCanaryResponse?> AssessAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        try
        {
            return await curation.AssessCanaryAsync(new AssessCanaryRequest
            {
                Number = CanarySchedule.NumberOf(dataset.SpecDigest, pair.Index, pair.Attempt),
                Model = dataset.Resolved.Curation.Judge.Name,
            }, cancellationToken: cancellation);
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.NotFound or StatusCode.Unimplemented)
        {
            return null;
        }
    }

    /// <returns>The sum of the drift test with this verdict; null where the verdict was stored before.</returns>
    private Task<double?> StoreAsync(CanaryRow row) => rows.TransactAsync<double?>(
        async db =>
        {
            var own = db.Datasets.Where(d => d.Id == row.Dataset);
            // The row of the data set is held from here on: two verdicts are added one after the other, and of two about one attempt the
            // second finds the first.
            await own.ExecuteUpdateAsync(s => s.SetProperty(d => d.CanarySum, d => d.CanarySum));
            if (await db.Canaries.AnyAsync(c => c.Dataset == row.Dataset && c.Index == row.Index && c.Attempt == row.Attempt))
                return null;
            var sum = _test.Add(await own.Select(d => d.CanarySum).FirstOrDefaultAsync(), row.IsGood != row.IsAccepted);
            await own.ExecuteUpdateAsync(s => s.SetProperty(d => d.CanarySum, sum));
            db.Add(row.Copy()); // a transaction that is run again adds another object
            await db.SaveChangesAsync();
            return sum;
        },
        CancellationToken.None);

    private async Task<Fault> DescribeAsync(string dataset, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        var since = await db.Datasets.Where(d => d.Id == dataset).Select(d => d.ResumedMs).FirstOrDefaultAsync(cancellation);
        var counts = await CanaryCounts.ReadAsync(db, dataset, since, cancellation);
        return Fault.OfDataset(ErrorReasons.JudgeDrifted, string.Create(CultureInfo.InvariantCulture,
            $"the judge is wrong on pictures that it judged rightly at its start: of {counts.Bad} bad ones it accepted "
            + $"{Describe(counts.BadAccepted, counts.FalseAccept)}, of {counts.Good} good ones it rejected "
            + $"{Describe(counts.GoodRejected, counts.FalseReject)}; tolerated is a share of {options.Value.ToleratedShare}. See to the "
            + $"judge, and resume the data set; pairs that were judged since it drifted keep their verdicts"));
    }

    private static string Describe(long hits, WilsonInterval share) => string.Create(CultureInfo.InvariantCulture,
        $"{hits} ({100 * share.Low:0.0} to {100 * share.High:0.0} %)");
}
