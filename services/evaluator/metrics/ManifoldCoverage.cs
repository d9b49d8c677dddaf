namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Improved precision and recall (Kynkäänniemi et al. 2019): a set's manifold is the union of the balls around its rows that reach to
/// their k-th nearest other row. Precision is the share of generated rows within the real manifold, recall the other way round.
/// </summary>
internal static class ManifoldCoverage
{
    public const int Neighbours = 3;

    /// <summary>For each row of <paramref name="rows"/>, 1 if it lies on the manifold of <paramref name="of"/>, else 0.</summary>
    /// <exception cref="ArgumentException">The manifold has no more than k rows.</exception>
    public static double[] Covered(IReadOnlyList<float[]> rows, IReadOnlyList<float[]> of, int k = Neighbours)
    {
        if (of.Count <= k)
            throw new ArgumentException($"A manifold needs more than {k} rows to measure {k} neighbours; there are {of.Count}", nameof(of));
        var radii = Radii(of, k);
        var distances = FeatureRows.Distances(rows, of);
        return [.. Enumerable.Range(0, rows.Count)
            .Select(i => Enumerable.Range(0, of.Count).Any(j => distances[i, j] <= radii[j]) ? 1.0 : 0.0)];
    }

    private static double[] Radii(IReadOnlyList<float[]> rows, int k)
    {
        var distances = FeatureRows.Distances(rows, rows);
        return
        [
            .. Enumerable.Range(0, rows.Count).Select(i =>
                Enumerable.Range(0, rows.Count).Where(j => j != i).Select(j => distances[i, j]).Order().ElementAt(k - 1)),
        ];
    }
}
