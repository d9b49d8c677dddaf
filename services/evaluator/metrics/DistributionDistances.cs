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
