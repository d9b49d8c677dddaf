namespace SynCxr.Mesh.Evaluator.Metrics.Masks;

/// <summary>
/// Distances between the contours of two masks, each weighted by the length of contour that it stands for (Nikolov et al. 2018, the package
/// surface-distance): a contour passes through the corners of pixels, where four pixels meet.
/// </summary>
internal sealed class ContourDistances
{
    private readonly (double Distance, double Length)[] _fromFirst, _fromSecond;

    private ContourDistances((double, double)[] fromFirst, (double, double)[] fromSecond) =>
        (_fromFirst, _fromSecond) = (fromFirst, fromSecond);

    /// <param name="first">[rows, columns], as is <paramref name="second"/>.</param>
    /// <exception cref="ArgumentException">Masks of two sizes, or an empty one: it has no contour to measure from.</exception>
    public static ContourDistances Compare(bool[,] first, bool[,] second)
    {
        if (first.GetLength(0) != second.GetLength(0) || first.GetLength(1) != second.GetLength(1))
            throw new ArgumentException("Both masks must have the same size");
        var (one, other) = (FindContour(first), FindContour(second));
        if (one.Count == 0 || other.Count == 0)
            throw new ArgumentException("A distance between contours needs two masks that mark something");
        return new ContourDistances(ToNearest(one, other), ToNearest(other, one));
    }

    /// <summary>HD95: the larger of both directions' distances that 95 % of the contour's length does not exceed.</summary>
    public double Hausdorff95 => Math.Max(Percentile(_fromFirst, 0.95), Percentile(_fromSecond, 0.95));

    /// <summary>Mean distance of the first contour.</summary>
    public double FirstMean => Mean(_fromFirst);

    /// <summary>Mean distance of the second contour.</summary>
    public double SecondMean => Mean(_fromSecond);

    /// <summary>Surface Dice: the share of both contours' length that lies within a distance of the other.</summary>
    public double SurfaceDice(double tolerance) => _fromFirst.Concat(_fromSecond).Where(d => d.Distance <= tolerance).Sum(d => d.Length)
        / _fromFirst.Concat(_fromSecond).Sum(d => d.Length);

    private static double Mean((double Distance, double Length)[] distances) =>
        distances.Sum(d => d.Distance * d.Length) / distances.Sum(d => d.Length);

    private static double Percentile((double Distance, double Length)[] distances, double share)
    {
        var rest = share * distances.Sum(d => d.Length);
        foreach (var (distance, length) in distances.OrderBy(d => d.Distance))
        {
            rest -= length;
            if (rest <= 0)
                return distance;
        }

        return distances.Max(d => d.Distance);
    }

    private static (double, double)[] ToNearest(List<(int Row, int Column, double Length)> from, List<(int Row, int Column, double)> to) =>
        [.. from.Select(f => (
            Math.Sqrt(to.Min(t => (f.Row - t.Item1) * (f.Row - t.Item1) + (f.Column - t.Item2) * (f.Column - t.Item2))), f.Length))];

    // What lies outside the image is not marked. A contour is 1 long where it goes straight, cuts a corner by √2 / 2, and passes a corner
    // with two diagonal pixels on both sides.
    private static List<(int Row, int Column, double Length)> FindContour(bool[,] mask)
    {
        var (rows, columns) = (mask.GetLength(0), mask.GetLength(1));
        var contour = new List<(int, int, double)>();
        for (var y = 0; y <= rows; y++)
        {
            for (var x = 0; x <= columns; x++)
            {
                bool[] around = [IsMarked(y - 1, x - 1), IsMarked(y - 1, x), IsMarked(y, x - 1), IsMarked(y, x)];
                var length = around.Count(m => m) switch
                {
                    0 or 4 => 0,
                    2 when around[0] == around[3] => Math.Sqrt(2),
                    2 => 1,
                    _ => Math.Sqrt(0.5),
                };
                if (length > 0)
                    contour.Add((y, x, length));
            }
        }

        return contour;

        bool IsMarked(int y, int x) => y >= 0 && y < rows && x >= 0 && x < columns && mask[y, x];
    }
}
