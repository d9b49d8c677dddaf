using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Splits;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>What depends on the other pairs of a data set.</summary>
/// <param name="Shard">Among those of its split.</param>
/// <param name="FileName">Of its image in the shard.</param>
/// <param name="LikenessRank">Place of its image by likeness to a training image, 1 for the most alike; 0 where that was not
/// measured.</param>
internal readonly record struct PairPlace(string Split, int Shard, string FileName, int LikenessRank);

/// <summary>The places of all pairs of a data set, asked for by rising index: each split fills its own shards.</summary>
internal sealed class PairPlacement
{
    private readonly ShardNaming _naming;
    private readonly int _shardSize;
    private readonly IReadOnlyList<string> _splits;
    private readonly int[] _ranks;
    private readonly Dictionary<string, long> _placed = SplitNames.All.ToDictionary(split => split, _ => 0L);

    private PairPlacement(ResolvedDataset dataset, IReadOnlyList<string> splits, int[] ranks) =>
        (_naming, _shardSize, _splits, _ranks) = (ShardNaming.Create(dataset.Resolved), dataset.Resolved.ShardSize, splits, ranks);

    /// <summary>Reads the entity sets and verdicts that the pairs have in the end.</summary>
    public static async Task<PairPlacement> ReadAsync(ResolvedDataset dataset, BalancerDb db, CancellationToken cancellation)
    {
        var (hasSplits, sets, likenesses) = (dataset.Resolved.Splits is not null, new List<IReadOnlyList<string>>(), new List<double>());
        var rows = db.Pairs.Where(p => p.Dataset == dataset.Id).OrderBy(p => p.Index).Select(p => new { p.EntitiesJson, p.VerdictJson });
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancellation))
        {
            if (hasSplits)
                sets.Add(TextListColumn.Parse(row.EntitiesJson));
            likenesses.Add(TrainingLikeness.Parse(row.VerdictJson)?.Similarity ?? double.NaN);
        }

        return new PairPlacement(
            dataset, SplitAssigner.Assign(dataset.Resolved, dataset.SpecDigest, sets), TrainingLikeness.Rank(likenesses));
    }

    /// <summary>The place of the next pair.</summary>
    public PairPlace Place(long index)
    {
        var split = _splits[(int)index];
        var shard = _placed[split]++ / _shardSize;
        return new PairPlace(split, (int)shard, _naming.FileNameOf(split, index), _ranks[index]);
    }
}
