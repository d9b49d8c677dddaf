using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Balancer.Canaries;

/// <summary>Verdicts on canaries of a data set since it was created or resumed.</summary>
internal sealed record CanaryCounts(long Good, long GoodRejected, long Bad, long BadAccepted)
{
    public WilsonInterval FalseReject => new(GoodRejected, Good);

    public WilsonInterval FalseAccept => new(BadAccepted, Bad);

    /// <param name="sinceMs">When it was resumed last, Unix milliseconds; 0 if never.</param>
    public static async Task<CanaryCounts> ReadAsync(BalancerDb db, string dataset, long sinceMs, CancellationToken cancellation)
    {
        var counts = await db.Canaries.Where(c => c.Dataset == dataset && c.AtMs >= sinceMs).GroupBy(c => new { c.IsGood, c.IsAccepted })
            .Select(g => new { g.Key.IsGood, g.Key.IsAccepted, Count = g.LongCount() }).ToListAsync(cancellation);
        long Count(bool isGood, bool? isAccepted) =>
            counts.Where(c => c.IsGood == isGood && c.IsAccepted == (isAccepted ?? c.IsAccepted)).Sum(c => c.Count);
        return new CanaryCounts(Count(true, null), Count(true, false), Count(false, null), Count(false, true));
    }
}
