namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Improved precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020). Around each row of a set is a ball
/// that reaches to its k-th nearest other row; what lies strictly within a ball counts, as in the authors' package prdc. Precision is the
/// share of generated rows within the real set's balls, recall the other way round. Between equal rows lies no ball: two equal sets of one
/// repeated row have precision 0.
/// </summary>
internal static class ManifoldCoverage
{
    /// <summary>What the authors of density and coverage propose.</summary>
    public const int Neighbours = 5;

    /// <summary>The fewest rows that have balls: another one must be farther away than the k-th.</summary>
    public static int FewestRows(int k = Neighbours) => k + 2;

    /// <summary>For each row of <paramref name="rows"/>, 1 if it lies in a ball of <paramref name="of"/>, else 0.</summary>
    /// <exception cref="ArgumentException">Too few rows to have balls.</exception>
    public static double[] Covered(IReadOnlyList<float[]> rows, IReadOnlyList<float[]> of, int k = Neighbours) =>
        [.. CountBalls(rows, of, k).Select(balls => balls > 0 ? 1.0 : 0.0)];

    /// <summary>
    /// For each row of <paramref name="rows"/>, in how many balls of <paramref name="of"/> it lies, as a share of k. Their mean is the
    /// density, which may exceed 1.
    /// </summary>
    /// <exception cref="ArgumentException">Too few rows to have balls.</exception>
    public static double[] Density(IReadOnlyList<float[]> rows, IReadOnlyList<float[]> of, int k = Neighbours) =>
        [.. CountBalls(rows, of, k).Select(balls => (double)balls / k)];

    /// <summary>
    /// For each row of <paramref name="of"/>, 1 if a row of <paramref name="rows"/> lies in its ball, else 0. Their mean is the coverage.
    /// </summary>
    /// <exception cref="ArgumentException">Too few rows to have balls.</exception>
    public static double[] Filled(IReadOnlyList<float[]> rows, IReadOnlyList<float[]> of, int k = Neighbours)
    {
        var radii = Radii(of, k);
        var distances = FeatureRows.Distances(of, rows);
        return [.. Enumerable.Range(0, of.Count)
            .Select(j => Enumerable.Range(0, rows.Count).Any(i => distances[j, i] < radii[j]) ? 1.0 : 0.0)];
    }

    private static int[] CountBalls(IReadOnlyList<float[]> rows, IReadOnlyList<float[]> of, int k)
    {
        var radii = Radii(of, k);
        var distances = FeatureRows.Distances(rows, of);
        return [.. Enumerable.Range(0, rows.Count).Select(i => Enumerable.Range(0, of.Count).Count(j => distances[i, j] < radii[j]))];
    }

    private static double[] Radii(IReadOnlyList<float[]> rows, int k)
    {
        if (rows.Count < FewestRows(k))
            throw new ArgumentException(
                $"Balls that reach to the nearest neighbour number {k} need at least {FewestRows(k)} rows; there are {rows.Count}",
                nameof(rows));
        var distances = FeatureRows.Distances(rows, rows);
        return
        [
            .. Enumerable.Range(0, rows.Count).Select(i =>
                Enumerable.Range(0, rows.Count).Where(j => j != i).Select(j => distances[i, j]).Order().ElementAt(k - 1)),
        ];
    }
}
