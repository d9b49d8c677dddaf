using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Splits;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>
/// A verified sealed data set as a training source; its images stay on disk. A pair's texts are its IMPRESSION and its FINDINGS. Where the
/// set has splits, pairs of <c>train</c> are learnt from, those of <c>valid</c> are held out, and those of <c>test</c> are not used.
/// </summary>
internal sealed class SealedTrainingSource : ITrainingSource
{
    /// <summary>Most pairs that are held out.</summary>
    private const int MostHeld = 256;

    private readonly SealedDataset _set;
    private readonly int _side;
    private readonly HashSet<string> _images = new(StringComparer.Ordinal);
    private readonly HashSet<long> _kept = [], _held = [];

    private SealedTrainingSource(RadiographSource source, string field, int side, SealedDataset set) =>
        (Source, Field, _side, _set) = (source, field, side, set);

    public RadiographSource Source { get; }

    public string Field { get; }

    public string Name => "synthetic";

    public IReadOnlyList<string> Notes => [];

    public int Count => _kept.Count;

    public int HeldOutCount => _held.Count;

    public IEnumerable<string> Texts => _set.Pairs.Where(p => _kept.Contains(p.Index)).SelectMany(p => p.Sections);

    public SeenHashes SeenHashes => new(_images, new HashSet<string>());

    /// <summary>Reads every image once, to verify it and to choose the held-out ones.</summary>
    public static SealedTrainingSource Read(RadiographSource source, string field, int side, bool holdOut, SealedDataset set,
        CancellationToken cancellation)
    {
        var data = new SealedTrainingSource(source, field, side, set);
        var hasValid = set.Pairs.Any(p => p.Split == SplitNames.Valid);
        for (var shard = 0; shard < set.Shards.Count; shard++)
        {
            foreach (var (pair, _, image) in set.ReadShard(shard))
            {
                cancellation.ThrowIfCancellationRequested();
                if (pair.Split == SplitNames.Test)
                    continue;
                var hash = Study.ImageHash(image);
                data._images.Add(hash);
                var isHeld = hasValid ? pair.Split == SplitNames.Valid : holdOut && SeenHashes.IsHeldOut(hash);
                if (!isHeld)
                    data._kept.Add(pair.Index);
                else if (data._held.Count < MostHeld)
                    data._held.Add(pair.Index);
            }
        }

        return data;
    }

    public IPairSequence Pairs(PairTokenizer wording) => new SealedPairSequence(_set, _kept, _side, wording);

    public IPairSequence HeldOutPairs(PairTokenizer wording) => new SealedPairSequence(_set, _held, _side, wording);
}
