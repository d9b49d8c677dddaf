namespace SynCxr.Mesh.Evaluator.Metrics.Masks;

/// <summary>
/// Distances between the borders of two masks. A border is every marked pixel that has an unmarked one, or the image's edge, above, below,
/// left or right of it; the distance of a border pixel is that to the nearest of the other border.
/// </summary>
internal sealed class SurfaceDistances
{
    private readonly double[] _fromFirst, _fromSecond;

    private SurfaceDistances(double[] fromFirst, double[] fromSecond) => (_fromFirst, _fromSecond) = (fromFirst, fromSecond);

    /// <param name="first">[rows, columns], as is <paramref name="second"/>.</param>
    /// <param name="rowSpacing">Distance of two rows, in the unit that the distances are to have.</param>
    /// <param name="columnSpacing">Distance of two columns.</param>
    /// <exception cref="ArgumentException">Masks of two sizes, or an empty one: it has no border to measure from.</exception>
    public static SurfaceDistances Compare(bool[,] first, bool[,] second, double rowSpacing = 1, double columnSpacing = 1)
    {
        if (first.GetLength(0) != second.GetLength(0) || first.GetLength(1) != second.GetLength(1))
            throw new ArgumentException("Both masks must have the same size");
        var (one, other) = (FindBorder(first), FindBorder(second));
        if (one.Count == 0 || other.Count == 0)
            throw new ArgumentException("A distance between borders needs two masks that mark something");
        return new SurfaceDistances(ToNearest(one, other), ToNearest(other, one));

        double[] ToNearest(List<(int Row, int Column)> from, List<(int Row, int Column)> to) =>
            [.. from.Select(f => Math.Sqrt(to.Min(t =>
                Square((f.Row - t.Row) * rowSpacing) + Square((f.Column - t.Column) * columnSpacing))))];
    }

    /// <summary>The largest distance, from either border (Hausdorff).</summary>
    public double Hausdorff => Math.Max(_fromFirst.Max(), _fromSecond.Max());

    /// <summary>HD95 as MONAI has it: the larger of both directions' 95th percentiles.</summary>
    public double Hausdorff95 => Math.Max(Percentile95(_fromFirst), Percentile95(_fromSecond));

    /// <summary>HD95 as medpy has it: the 95th percentile of both directions' distances together.</summary>
    public double Hausdorff95Pooled => Percentile95([.. _fromFirst, .. _fromSecond]);

    /// <summary>95th percentile of the first border's distances.</summary>
    public double FirstPercentile95 => Percentile95(_fromFirst);

    /// <summary>Mean distance of the first border.</summary>
    public double FirstMean => _fromFirst.Average();

    /// <summary>Mean distance of both borders' pixels together.</summary>
    public double Mean => _fromFirst.Concat(_fromSecond).Average();

    private static double Percentile95(IReadOnlyList<double> distances) => Bootstrap.Quantile([.. distances.Order()], 0.95);

    private static double Square(double value) => value * value;

    private static List<(int Row, int Column)> FindBorder(bool[,] mask)
    {
        var (rows, columns) = (mask.GetLength(0), mask.GetLength(1));
        var border = new List<(int, int)>();
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                if (mask[y, x] && !(IsMarked(y - 1, x) && IsMarked(y + 1, x) && IsMarked(y, x - 1) && IsMarked(y, x + 1)))
                    border.Add((y, x));
            }
        }

        return border;

        bool IsMarked(int y, int x) => y >= 0 && y < rows && x >= 0 && x < columns && mask[y, x];
    }
}
