using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>
/// Pairs streamed shard by shard. An epoch takes the shards in an order of its own, a window of them at a time, and the pairs of a window
/// in an order of theirs; both orders are functions of root, seed and epoch. One window is in memory.
/// </summary>
internal sealed class SealedPairSequence(SealedDataset set, IReadOnlySet<long> included, int side, PairTokenizer wording) : IPairSequence
{
    /// <summary>Shards that are shuffled together.</summary>
    private const int Window = 4;

    private readonly int[] _sizes = [.. set.Shards.Select(s => s.Count(p => included.Contains(p.Index)))];
    private (long Epoch, int Window) _loaded = (-1, -1);
    private TrainingPair[] _pairs = [];

    public int Count => included.Count;

    /// <summary>The root; pairs that are left out are left out for every run.</summary>
    public string Digest => $"{set.Root}/{included.Count}";

    public TrainingPair GetPair(long position)
    {
        var epoch = position / Count;
        var positionInWindow = (int)(position % Count);
        var order = RandomSource.Create(wording.Seed, "shards " + set.Root, epoch).Permutation(set.Shards.Count).Chunk(Window);
        foreach (var (window, shards) in order.Index())
        {
            var size = shards.Sum(s => _sizes[s]);
            if (positionInWindow < size)
            {
                if (_loaded != (epoch, window))
                    (_pairs, _loaded) = (LoadWindow(shards, epoch, window), (epoch, window));
                return _pairs[positionInWindow];
            }

            positionInWindow -= size;
        }

        throw new InvalidOperationException($"Position {position} is beyond the {Count} pairs");
    }

    private TrainingPair[] LoadWindow(int[] shards, long epoch, int window)
    {
        var pairs = shards.SelectMany(set.ReadShard).Where(p => included.Contains(p.Record.Index))
            .Select(p => new TrainingPair(ImageResizer.Resize(p.Image, side, side).Pixels, wording.EncodeTexts(p.Record.Sections)))
            .ToArray();
        var order = RandomSource.Create(wording.Seed, FormattableString.Invariant($"pairs {set.Root} {epoch}"), window)
            .Permutation(pairs.Length);
        return [.. order.Select(i => pairs[i])];
    }
}
