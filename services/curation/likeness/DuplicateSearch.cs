using System.Globalization;

namespace SynCxr.Mesh.Curation.Likeness;

/// <summary>The features of the pair with an index.</summary>
internal sealed record IndexedFeatures(long Index, float[] Values);

/// <summary>A candidate that is rejected, and its likeness to the pair that stays.</summary>
internal sealed record NearDuplicate(long Index, LikenessResult Likeness);

/// <summary>
/// Finds the near-duplicates among candidates. Each is compared with the accepted pairs of lower index, then, in index order, with the
/// candidates of lower index that stay. The result is a pure function of the features: not of blocks, their order, or threads.
/// </summary>
internal sealed class DuplicateSearch
{
    private readonly IReadOnlyList<IndexedFeatures> _candidates;
    private readonly double _threshold;
    private readonly int _threads;
    private readonly (double Similarity, long Index)[] _nearest;

    /// <param name="candidates">By rising index.</param>
    public DuplicateSearch(IReadOnlyList<IndexedFeatures> candidates, double threshold, int threads)
    {
        (_candidates, _threshold, _threads) = (candidates, threshold, threads);
        _nearest = new (double, long)[candidates.Count];
        Array.Fill(_nearest, (double.NegativeInfinity, -1));
    }

    /// <summary>Compares every candidate with a block of accepted pairs.</summary>
    /// <param name="indexes">Index of the pair of each row.</param>
    /// <param name="rows">Row-major, as wide as the candidates.</param>
    public void CompareWithAccepted(IReadOnlyList<long> indexes, float[] rows, CancellationToken cancellationToken)
    {
        var width = rows.Length / Math.Max(1, indexes.Count);
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = _threads,
            CancellationToken = cancellationToken,
            TaskScheduler = TaskScheduler.Current, // of the pool that the search runs on
        };
        Parallel.For(0, _candidates.Count, parallel, c =>
        {
            for (var row = 0; row < indexes.Count; row++)
            {
                if (indexes[row] < _candidates[c].Index)
                    KeepNearest(c, indexes[row], CosineSimilarity.Between(_candidates[c].Values, rows.AsSpan(row * width, width)));
            }
        });
    }

    /// <summary>Compares the candidates with each other and gives the near-duplicates, by rising index.</summary>
    public IReadOnlyList<NearDuplicate> FindNearDuplicates(CancellationToken cancellationToken)
    {
        var duplicates = new List<NearDuplicate>();
        var stay = new List<int>();
        for (var c = 0; c < _candidates.Count; c++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var other in stay)
                KeepNearest(c, _candidates[other].Index, CosineSimilarity.Between(_candidates[c].Values, _candidates[other].Values));
            var (similarity, index) = _nearest[c];
            if (similarity >= _threshold)
                duplicates.Add(
                    new NearDuplicate(_candidates[c].Index,
                        new LikenessResult(LikenessCheckNames.NearDuplicate, similarity, _threshold,
                            index.ToString(CultureInfo.InvariantCulture))));
            else
                stay.Add(c);
        }

        return duplicates;
    }

    private void KeepNearest(int candidate, long index, double similarity)
    {
        var (best, nearest) = _nearest[candidate];
        if (similarity > best || (similarity == best && index < nearest))
            _nearest[candidate] = (similarity, index);
    }
}
