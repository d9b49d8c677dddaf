namespace SynCxr.Mesh.Evaluator.Metrics.Significance;

/// <summary>
/// Corrections of the p values of one family of tests; a corrected p at or below a level is significant at it. Those that hold the chance
/// of any false finding: Holm (use it, it asks nothing of the tests), Bonferroni, Šidák, Holm-Šidák, Hochberg and Hommel (the last four
/// ask that the tests are independent or go together). Those that hold the share of false ones among the findings: Benjamini-Hochberg,
/// Benjamini-Yekutieli.
/// </summary>
/// <remarks>
/// As statsmodels: one p that is not a number counts as a test of the family and is the largest; what depends on it is NaN too.
/// </remarks>
internal static class PValueCorrections
{
    public static double[] Bonferroni(IReadOnlyList<double> p) => [.. p.Select(v => Math.Min(1, v * p.Count))];

    public static double[] Sidak(IReadOnlyList<double> p) => [.. p.Select(v => Sidak(v, p.Count))];

    public static double[] Holm(IReadOnlyList<double> p) => StepDown(p, (v, left) => v * left);

    public static double[] HolmSidak(IReadOnlyList<double> p) => StepDown(p, Sidak);

    public static double[] Hochberg(IReadOnlyList<double> p) => StepUp(p, (v, rank) => v * (p.Count - rank + 1));

    public static double[] BenjaminiHochberg(IReadOnlyList<double> p) => StepUp(p, (v, rank) => v * p.Count / rank);

    public static double[] BenjaminiYekutieli(IReadOnlyList<double> p)
    {
        var harmonic = Enumerable.Range(1, p.Count).Sum(rank => 1.0 / rank);
        return StepUp(p, (v, rank) => v * p.Count / rank * harmonic);
    }

    /// <summary>Hommel 1988, by the algorithm of Wright 1992.</summary>
    public static double[] Hommel(IReadOnlyList<double> p)
    {
        var order = Rank(p);
        var n = p.Count;
        double[] sorted = [.. order.Select(i => p[i])];
        double[] corrected = [.. sorted];
        for (var m = n; m > 1; m--)
        {
            // Simes' p of the m largest, and of the others together with them
            var least = Enumerable.Range(1, m).Select(k => m * sorted[n - m + k - 1] / k).Aggregate(double.PositiveInfinity, Math.Min);
            for (var i = 0; i < n; i++)
                corrected[i] = Math.Max(corrected[i], i >= n - m ? least : Math.Min(least, m * sorted[i]));
        }

        return Restore(order, corrected);
    }

    /// <summary>1 - (1 - p)ⁿ, also where p is tiny.</summary>
    private static double Sidak(double p, int n) => p >= 1 ? 1 : -Expm1(n * Log1p(-p));

    private static double[] StepDown(IReadOnlyList<double> p, Func<double, int, double> correct)
    {
        var order = Rank(p);
        var largest = 0.0;
        return Restore(order, [.. order.Select((at, k) => largest = Math.Max(largest, Math.Min(1, correct(p[at], p.Count - k))))]);
    }

    private static double[] StepUp(IReadOnlyList<double> p, Func<double, int, double> correct)
    {
        var order = Rank(p);
        var least = 1.0;
        return Restore(order, [.. order.Select((at, k) => (at, k)).Reverse()
            .Select(o => least = Math.Min(least, correct(p[o.at], o.k + 1))).Reverse()]);
    }

    /// <summary>The places of the p values, the smallest first, what is not a number last.</summary>
    private static int[] Rank(IReadOnlyList<double> p) =>
        [.. Enumerable.Range(0, p.Count).OrderBy(i => double.IsNaN(p[i])).ThenBy(i => p[i])];

    private static double[] Restore(int[] order, double[] sorted)
    {
        var values = new double[order.Length];
        for (var k = 0; k < order.Length; k++)
            values[order[k]] = sorted[k];
        return values;
    }

    private static double Log1p(double x) => Math.Abs(x) > 1e-4 ? Math.Log(1 + x) : x - x * x / 2 + x * x * x / 3 - x * x * x * x / 4;

    private static double Expm1(double x) =>
        Math.Abs(x) > 1e-4 ? Math.Exp(x) - 1 : x + x * x / 2 + x * x * x / 6 + x * x * x * x / 24;
}
