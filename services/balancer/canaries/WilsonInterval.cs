namespace SynCxr.Mesh.Balancer.Canaries;

/// <summary>A share with its 95 % interval (Wilson 1927); of nothing it is anything from 0 to 1.</summary>
/// <param name="Value">Hits of all; 0 where there are none.</param>
internal sealed record WilsonInterval(double Value, double Low, double High)
{
    private const double Z = 1.959963984540054; // of the normal distribution, 97.5 %

    public static WilsonInterval FromCounts(long hits, long all)
    {
        if (all == 0)
            return new WilsonInterval(0, 0, 1);
        var (n, share) = ((double)all, (double)hits / all);
        var middle = (share + (Z * Z / (2 * n))) / (1 + (Z * Z / n));
        var half = Z / (1 + (Z * Z / n)) * Math.Sqrt((share * (1 - share) / n) + (Z * Z / (4 * n * n)));
        return new WilsonInterval(share, hits == 0 ? 0 : middle - half, hits == all ? 1 : middle + half);
    }
}
