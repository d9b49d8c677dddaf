namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Where the solvers in sigma step, sigma the noise over the signal (Karras et al. 2022): the sample is x0 + sigma n, its start
/// sigma_max n, and the network is fed x / sqrt(sigma² + 1).
/// </summary>
internal sealed class SigmaGrid
{
    private readonly ForwardProcess _process;
    private readonly string _timestepSpacing;
    private readonly int _offset;
    private readonly SigmaSpacing? _sigmaSpacing;

    /// <param name="hasSigmaSpacing">False where the class knows no levels but those of timesteps.</param>
    public SigmaGrid(SchedulerSettings settings, ForwardProcess process, bool hasSigmaSpacing = true)
    {
        _process = process;
        _timestepSpacing = settings.ReadChoice("timestep_spacing", TimestepSpacingNames.Linspace, TimestepSpacingNames.All);
        _offset = settings.ReadCount("steps_offset", 0, least: 0);
        _sigmaSpacing = hasSigmaSpacing ? SigmaSpacing.Read(settings) : null;
    }

    /// <summary>True where levels are not those of timesteps.</summary>
    public bool HasOwnLevels => _sigmaSpacing is not null && _sigmaSpacing.Kind != SigmaSpacingKind.OfTimesteps;

    /// <summary>True where Karras' levels are used.</summary>
    public bool IsKarras => _sigmaSpacing?.Kind == SigmaSpacingKind.Karras;

    /// <summary>Timesteps to visit and their levels, largest first, without the level that the last step ends on.</summary>
    /// <param name="own">The caller's timesteps, or null.</param>
    /// <param name="largest">In place of the first level, where levels are not those of timesteps.</param>
    /// <param name="smallest">In place of the last one.</param>
    public (double[] Timesteps, double[] Sigmas) Compute(int? steps, IReadOnlyList<double>? own, double? largest = null,
        double? smallest = null)
    {
        if (own is not null && HasOwnLevels)
        {
            throw new SamplingRefusedException("sampling.timesteps",
                "excludes use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas");
        }
        double[] timesteps = own is not null
            ? [.. own] : TimestepSpacingNames.ComputeFractions(_timestepSpacing, _process.TrainTimesteps, steps!.Value, _offset);
        double[] sigmas = [.. timesteps.Select(_process.SigmaAt)];
        if (!HasOwnLevels)
            return (timesteps, sigmas);
        sigmas = _sigmaSpacing!.Spread(largest ?? sigmas[0], smallest ?? sigmas[^1], steps!.Value);
        return ([.. sigmas.Select(_process.TimestepOf)], sigmas);
    }

    /// <summary>What the unit noise of the start is multiplied by: leading timesteps don't start in pure noise.</summary>
    public double InitNoiseSigma(IEnumerable<double> sigmas)
    {
        var largest = sigmas.Max();
        return _timestepSpacing == TimestepSpacingNames.Leading ? Math.Sqrt((largest * largest) + 1) : largest;
    }
}
