using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>New entity sets for indexes that have used up the attempts of theirs.</summary>
internal sealed class ReplacementSetPlanner(MeshDatabase<BalancerDb> rows,
    [FromKeyedServices(BalancerOptions.Section)] ProcessorWorkPool planning, ILogger<ReplacementSetPlanner> logger)
{
    /// <summary>
    /// Gives exhausted indexes new sets from the capacity that the others leave; where that holds none, they keep theirs.
    /// </summary>
    public async Task<string> ReplaceAsync(ResolvedDataset context, int shard, int round, List<PairRow> exhausted,
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
        var sets = await planning.RunInBackgroundAsync(context.Tenant, token => SetPlanner.PlanReplacements(
            context.Sampling, context.Resolved.Draw.UsageCap, uses, [.. leaving.Order()], seed, token), cancellation);
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
}
