namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>How noise levels that are not those of timesteps are spread between the largest and the smallest.</summary>
internal enum SigmaSpacingKind
{
    /// <summary>They are those of timesteps.</summary>
    OfTimesteps,

    /// <summary>Evenly in sigma^(1/7) (Karras et al. 2022, equation 5, rho = 7).</summary>
    Karras,

    /// <summary>Evenly in log sigma.</summary>
    Exponential,

    /// <summary>Quantiles of the beta distribution with both shapes 0.6 (Lee et al. 2024).</summary>
    Beta,

    /// <summary>Evenly in log sigma, last to first (Lu et al. 2022, section 6.1).</summary>
    Lu,
}

/// <summary>The noise levels that a config asks for.</summary>
internal sealed class SigmaSpacing
{
    private const double Rho = 7, BetaShape = 0.6;

    private SigmaSpacing(SigmaSpacingKind kind) => Kind = kind;

    public SigmaSpacingKind Kind { get; }

    /// <summary>
    /// Reads <c>use_karras_sigmas</c>, <c>use_exponential_sigmas</c> and <c>use_beta_sigmas</c>, of which one at most may be true.
    /// </summary>
    /// <param name="knowsLu">Reads <c>use_lu_lambdas</c> too, which Karras' levels go before.</param>
    public static SigmaSpacing Read(SchedulerSettings settings, bool knowsLu = false)
    {
        (string Key, SigmaSpacingKind Kind)[] exclusive =
        [
            ("use_karras_sigmas", SigmaSpacingKind.Karras), ("use_exponential_sigmas", SigmaSpacingKind.Exponential),
            ("use_beta_sigmas", SigmaSpacingKind.Beta),
        ];
        var chosen = exclusive.Where(spacing => settings.ReadFlag(spacing.Key, false)).ToList();
        if (chosen.Count > 1)
            throw settings.Refuse(chosen[1].Key, $"excludes {chosen[0].Key}");
        var lu = knowsLu && settings.ReadFlag("use_lu_lambdas", false);
        if (lu && chosen is not [{ Kind: SigmaSpacingKind.Karras }])
            return new SigmaSpacing(SigmaSpacingKind.Lu);
        return new SigmaSpacing(chosen.Count == 0 ? SigmaSpacingKind.OfTimesteps : chosen[0].Kind);
    }

    /// <summary>So many levels, largest first.</summary>
    public double[] Spread(double largest, double smallest, int count) =>
        [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (double)i / (count - 1)).Select(Kind switch
        {
            SigmaSpacingKind.Karras => EvenlyInRoot(largest, smallest),
            SigmaSpacingKind.Beta => at => smallest + (BetaDistribution.Quantile(1 - at, BetaShape) * (largest - smallest)),
            _ => at => Math.Exp(Math.Log(largest) + (at * (Math.Log(smallest) - Math.Log(largest)))),
        })];

    private static Func<double, double> EvenlyInRoot(double largest, double smallest)
    {
        var (from, to) = (Math.Pow(largest, 1 / Rho), Math.Pow(smallest, 1 / Rho));
        return at => Math.Pow(from + (at * (to - from)), Rho);
    }
}
