namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>Mean distance of two different rows of one group, averaged over groups: how different the images of one prompt are.</summary>
internal sealed class PairwiseDistance
{
    private readonly double[][,] _groups;

    /// <exception cref="ArgumentException">A group has fewer than two rows.</exception>
    public PairwiseDistance(IReadOnlyList<IReadOnlyList<float[]>> groups)
    {
        if (groups.Count == 0 || groups.Any(g => g.Count < 2))
            throw new ArgumentException("Every group needs at least 2 rows", nameof(groups));
        _groups = [.. groups.Select(g => FeatureRows.Distances(g, g))];
    }

    public IReadOnlyList<int> Sizes => [.. _groups.Select(g => g.GetLength(0))];

    public double Value => ForSample([.. Sizes.Select(n => Enumerable.Range(0, n).ToArray())]);

    /// <summary>
    /// The value on a resample of each group. A row that a resample has twice makes no pair with itself; a group without pairs is left out.
    /// </summary>
    public double ForSample(int[][] resamples) => _groups.Zip(resamples, Mean).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    private static double Mean(double[,] distances, int[] resample)
    {
        var sum = 0.0;
        var pairs = 0;
        for (var a = 0; a < resample.Length; a++)
        {
            for (var b = 0; b < a; b++)
            {
                if (resample[a] == resample[b])
                    continue;
                sum += distances[resample[a], resample[b]];
                pairs++;
            }
        }

        return pairs > 0 ? sum / pairs : double.NaN;
    }
}
