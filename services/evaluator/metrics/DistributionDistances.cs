namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>Distances of two samples of one number.</summary>
internal static class DistributionDistances
{
    /// <summary>First Wasserstein distance: the area between the two distribution functions.</summary>
    /// <exception cref="ArgumentException">A sample is empty or holds what is not a number.</exception>
    public static double Wasserstein(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var area = 0.0;
        foreach (var (from, to, below) in Steps(x, y))
            area += Math.Abs(below) * (to - from);
        return area;
    }

    /// <summary>Statistic of Kolmogorov and Smirnov: the largest gap between the two distribution functions.</summary>
    /// <exception cref="ArgumentException">A sample is empty or holds what is not a number.</exception>
    public static double KolmogorovSmirnov(IReadOnlyList<double> x, IReadOnlyList<double> y) => Steps(x, y).Max(s => Math.Abs(s.Gap));

    /// <summary>
    /// How likely a gap at least as large is between two samples of one continuous distribution, exactly: the share of the orders of both
    /// samples that have one (Hodges 1958). The samples' values must be independent.
    /// </summary>
    public static double KolmogorovSmirnovPValue(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var (n, m) = (x.Count, y.Count);
        var gap = (long)Math.Round(KolmogorovSmirnov(x, y) * n * m);
        if (gap == 0)
            return 1;
        // inside[j]: the share of orders that begin with i of x and j of y, in any order, and had no such gap so far
        var inside = new double[m + 1];
        var reached = 0.0;
        for (var i = 0; i <= n; i++)
        {
            for (var j = 0; j <= m; j++)
            {
                var share = i == 0 && j == 0 ? 1
                    : (i > 0 ? inside[j] * (n - i + 1) / (n + m - i - j + 1) : 0)
                        + (j > 0 ? inside[j - 1] * (m - j + 1) / (n + m - i - j + 1) : 0);
                var isGap = Math.Abs((long)i * m - (long)j * n) >= gap;
                reached += isGap ? share : 0;
                inside[j] = isGap ? 0 : share;
            }
        }

        return Math.Min(1, reached);
    }

    /// <summary>The stretches between two neighbouring values, and how much more of x than of y lies at or below them.</summary>
    private static IEnumerable<(double From, double To, double Gap)> Steps(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count == 0 || y.Count == 0)
            throw new ArgumentException($"A distance needs two samples of at least one value; these have {x.Count} and {y.Count}");
        if (x.Concat(y).Any(v => !double.IsFinite(v)))
            throw new ArgumentException("Every value must be a finite number");
        double[] a = [.. x.Order()], b = [.. y.Order()], all = [.. a.Concat(b).Order()];
        return Walk();

        IEnumerable<(double, double, double)> Walk()
        {
            var i = 0;
            var j = 0;
            for (var k = 0; k < all.Length; k++)
            {
                while (i < a.Length && a[i] <= all[k])
                    i++;
                while (j < b.Length && b[j] <= all[k])
                    j++;
                yield return (all[k], k + 1 < all.Length ? all[k + 1] : all[k], (double)i / a.Length - (double)j / b.Length);
            }
        }
    }
}
