using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>
/// What a run leaves in the rows that nothing on the way may change: the root, every pair with the number of commits that moved it, every
/// refused attempt. A pair that is lost lacks its line; a step that is committed twice, or an attempt that is counted twice, changes one.
/// </summary>
internal static class DatasetLedger
{
    /// <param name="name"><c>datasets/{id}</c>.</param>
    public static async Task<string[]> ReadAsync(BalancerDb db, string name)
    {
        var id = name["datasets/".Length..];
        var dataset = await db.Datasets.SingleAsync(d => d.Id == id);
        var pairs = await db.Pairs.Where(p => p.Dataset == id).OrderBy(p => p.Index).ToListAsync();
        var rejects = await db.Rejects.Where(r => r.Dataset == id).OrderBy(r => r.Index).ThenBy(r => r.Attempt).ToListAsync();
        var shards = await db.Shards.Where(s => s.Dataset == id).OrderBy(s => s.Shard).ToListAsync();
        return
        [
            $"{dataset.Stage} {dataset.Root}, {dataset.ShardsDone} of {dataset.Shards} shards",
            .. shards.Select(s => $"shard {s.Shard}: {s.Version} rounds, done {s.Done}"),
            .. pairs.Select(
                p => $"pair {p.Index}: {p.Stage}, {p.Version} commits, attempt {p.Attempt}, set {p.SetNumber}, image {p.ImageSha256}"),
            .. rejects.Select(r => $"refused {r.Index}/{r.Attempt}: {r.Step} {r.ReasonsJson} image {r.ImageSha256}"),
        ];
    }
}
