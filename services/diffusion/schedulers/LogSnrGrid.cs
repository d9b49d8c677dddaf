namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Where the solvers in lambda step, lambda half the log of the signal-to-noise ratio (Lu et al. 2022): whole timesteps, and a noise level
/// for each and for the end.
/// </summary>
internal sealed class LogSnrGrid
{
    private readonly ForwardProcess _process;
    private readonly SigmaSpacing _sigmaSpacing;
    private readonly string _timestepSpacing;
    private readonly int _offset;
    private readonly int _last;
    private readonly bool _endsOnZero;
    private readonly bool _roundsTimesteps;
    private readonly double? _largest;
    private readonly double? _smallest;

    /// <param name="keys">What the class knows beyond what all of them know.</param>
    public LogSnrGrid(SchedulerSettings settings, ForwardProcess process, LogSnrGridKeys keys)
    {
        _process = process;
        _sigmaSpacing = SigmaSpacing.Read(settings, keys.HasFlag(LogSnrGridKeys.LuLambdas));
        _timestepSpacing = TimestepSpacingNames.Linspace;
        if (keys.HasFlag(LogSnrGridKeys.TimestepSpacing))
        {
            _timestepSpacing = settings.ReadChoice("timestep_spacing", TimestepSpacingNames.Linspace, TimestepSpacingNames.All);
            _offset = settings.ReadCount("steps_offset", 0, least: 0);
        }
        _endsOnZero = keys.HasFlag(LogSnrGridKeys.FinalSigma) && FinalSigmaNames.Read(settings) == FinalSigmaNames.Zero;
        _last = process.TrainTimesteps;
        if (keys.HasFlag(LogSnrGridKeys.LambdaMin))
        {
            _last -= process.CountBelowLambda(settings.ReadNumber("lambda_min_clipped", double.NegativeInfinity));
            if (_last < 1)
                throw settings.Refuse("lambda_min_clipped", "leaves no timestep to visit");
        }
        if (keys.HasFlag(LogSnrGridKeys.SigmaRange))
            (_largest, _smallest) = (settings.ReadOptionalNumber("sigma_max"), settings.ReadOptionalNumber("sigma_min"));
        // Of the levels that are not those of timesteps, some are asked about at the nearest timestep, the others at the one below.
        _roundsTimesteps = _sigmaSpacing.Kind is SigmaSpacingKind.Karras or SigmaSpacingKind.Lu
            && !(keys.HasFlag(LogSnrGridKeys.CutsCosine) && settings.IsOneOf("beta_schedule", BetaScheduleNames.SquaredCosine));
        settings.RefuseFlag("use_flow_sigmas", $"is not supported: {SchedulerNames.FlowMatchEuler} samples flow models");
        settings.Acknowledge("flow_shift", "use_dynamic_shifting", "time_shift_type", "shift_terminal"); // they shift flow sigmas
    }

    /// <summary>True where the last step ends on the clean sample.</summary>
    public bool EndsOnZero => _endsOnZero;

    /// <param name="own">The caller's timesteps, or null.</param>
    public (double[] Timesteps, double[] Sigmas) Compute(int? steps, IReadOnlyList<double>? own)
    {
        if (own is not null && _sigmaSpacing.Kind != SigmaSpacingKind.OfTimesteps)
        {
            throw new SamplingRefusedException("sampling.timesteps",
                "excludes use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas and use_lu_lambdas");
        }
        if (_sigmaSpacing.Kind != SigmaSpacingKind.OfTimesteps)
        {
            var levels = _sigmaSpacing.Spread(_largest ?? _process.MaxSigma, _smallest ?? _process.MinSigma, steps!.Value);
            return ([.. levels.Select(_process.TimestepOf).Select(t => _roundsTimesteps ? Math.Round(t) : Math.Truncate(t))],
                [.. levels, _endsOnZero ? 0 : levels[^1]]);
        }
        double[] timesteps = own is not null
            ? [.. own.Select(t => Math.Truncate(t))]
            : TimestepSpacingNames.ComputeTimestepsAboveEnd(_timestepSpacing, _process.TrainTimesteps, _last, steps!.Value, _offset);
        return (timesteps, [.. timesteps.Select(_process.SigmaAt), _endsOnZero ? 0 : _process.MinSigma]);
    }
}

/// <summary>Keys that some of the solvers in lambda know and others don't.</summary>
[Flags]
internal enum LogSnrGridKeys
{
    /// <summary>timestep_spacing and steps_offset; the others space evenly.</summary>
    TimestepSpacing = 1,

    /// <summary>final_sigmas_type; the others end on the level of timestep 0.</summary>
    FinalSigma = 2,

    /// <summary>lambda_min_clipped.</summary>
    LambdaMin = 4,

    /// <summary>use_lu_lambdas.</summary>
    LuLambdas = 8,

    /// <summary>sigma_min and sigma_max.</summary>
    SigmaRange = 16,

    /// <summary>No key: Karras' and Lu's levels on the cosine schedule are asked about at the timestep below, not at the nearest.</summary>
    CutsCosine = 32,
}
