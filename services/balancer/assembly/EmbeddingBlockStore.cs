using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Objects;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>Features of accepted pairs as objects, which the curation service compares new ones with.</summary>
internal sealed class EmbeddingBlockStore(MeshDatabase<BalancerDb> rows, IObjectStore objects, BalancerMetrics metrics,
    ILogger<EmbeddingBlockStore> logger)
{
    /// <summary>Tries of a round in a row after which blocks that were stored again are taken for lost for good.</summary>
    private const int MaxTries = 3;

    /// <summary>The features of the pairs, stored.</summary>
    public async Task<EmbeddingBlock> PutAsync(string tenant, List<PairRow> pairs, CancellationToken cancellation)
    {
        byte[] bytes = [.. pairs.SelectMany(p => p.Embedding)];
        var address = await objects.PutAsync(tenant, bytes, cancellation);
        return new EmbeddingBlock
        {
            Ref = address.ToReference("application/octet-stream", bytes.Length),
            Indexes = { pairs.Select(p => p.Index) },
        };
    }

    /// <summary>The blocks of the shards before, by shard.</summary>
    public async Task<List<EmbeddingBlock>> ListAcceptedAsync(ResolvedDataset context, int shard, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        var accepted = new List<EmbeddingBlock>();
        var size = context.Resolved.ShardSize;
        foreach (var done in await DoneBefore(db, context.Id, shard).ToListAsync(cancellation))
        {
            var address = ObjectAddress.Create(context.Tenant, done.EmbeddingsSha256, "embeddings");
            var block = new EmbeddingBlock { Ref = address.ToReference("application/octet-stream", done.EmbeddingsSize) };
            for (var i = (long)done.Shard * size; i < Math.Min(context.Resolved.Pairs, (done.Shard + 1L) * size); i++)
                block.Indexes.Add(i);
            accepted.Add(block);
        }

        return accepted;
    }

    /// <summary>Stores the blocks of the shards before once more, from the rows of their pairs.</summary>
    /// <returns>False where that gives other bytes than were stored, or was done a few times and did not help.</returns>
    public async Task<bool> RestoreAsync(string tenant, string dataset, int shard, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        if (await db.Shards.AnyAsync(s => s.Dataset == dataset && s.Shard == shard && s.Tries >= MaxTries, cancellation))
            return false;
        var blocks = await DoneBefore(db, dataset, shard).ToListAsync(cancellation);
        foreach (var block in blocks)
        {
            var pairs = await db.Pairs.Where(p => p.Dataset == dataset && p.Shard == block.Shard).OrderBy(p => p.Index)
                .ToListAsync(cancellation);
            if ((await PutAsync(tenant, pairs, cancellation)).Ref.Sha256 != block.EmbeddingsSha256)
                return false;
        }

        Log.EmbeddingsRestored(logger, dataset, shard, blocks.Count);
        metrics.RecordLostObjects(blocks.Count);
        return true;
    }

    private static IQueryable<ShardRow> DoneBefore(BalancerDb db, string dataset, int shard) =>
        db.Shards.Where(s => s.Dataset == dataset && s.Shard < shard && s.EmbeddingsSha256 != "").OrderBy(s => s.Shard);
}
