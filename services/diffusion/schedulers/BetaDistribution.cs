namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The symmetric beta distribution, density proportional to (x (1 - x))^(shape - 1) on 0 to 1.</summary>
internal static class BetaDistribution
{
    /// <summary>The x below which the share <paramref name="p"/> lies.</summary>
    public static double Quantile(double p, double shape)
    {
        if (p is <= 0 or >= 1)
            return Math.Clamp(p, 0, 1);
        var (low, high) = (0.0, 1.0);
        while (low + ((high - low) / 2) is var middle && middle > low && middle < high)
        {
            if (Share(middle, shape) < p)
                low = middle;
            else
                high = middle;
        }
        return low;
    }

    // The regularised incomplete beta function by its power series x^a (1-x)^b / (a B) * sum of (a+b)_k / (a+1)_k x^k, for x up to 1/2;
    // above it by symmetry.
    private static double Share(double x, double a)
    {
        if (x > 0.5)
            return 1 - Share(1 - x, a);
        var (term, sum) = (1.0, 1.0);
        for (var k = 0; term > 1e-17 * sum; k++)
            sum += term *= ((2 * a) + k) / (a + 1 + k) * x;
        return Math.Pow(x * (1 - x), a) / (a * Complete(a)) * sum;
    }

    // B(a, a) = 2 * the integral up to 1/2, by the same series.
    private static double Complete(double a)
    {
        var (term, sum) = (1.0, 1.0);
        for (var k = 0; term > 1e-17 * sum; k++)
            sum += term *= ((2 * a) + k) / (a + 1 + k) * 0.5;
        return 2 * Math.Pow(0.25, a) / a * sum;
    }
}
