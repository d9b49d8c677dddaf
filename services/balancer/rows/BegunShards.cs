using Microsoft.EntityFrameworkCore;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Which shards of a data set have been begun, so that a look at a million pairs reads a few thousand rows.</summary>
internal static class BegunShards
{
    /// <summary>
    /// The number of the first shard that has no begun pair: pairs are begun by index, so nothing was made of it or of those after it.
    /// </summary>
    /// <param name="done">Shards that are done, from the first on.</param>
    /// <param name="shards">Shards in all, more than are done.</param>
    public static async Task<int> FindEndAsync(BalancerDb db, string dataset, int done, int shards, CancellationToken cancellation)
    {
        var end = done + 1;
        while (end < shards && await db.Pairs.AnyAsync(
            p => p.Dataset == dataset && p.Shard == end && (p.Stage > PairStage.Planned || p.Attempt > 0), cancellation))
            end++;
        return end;
    }
}
