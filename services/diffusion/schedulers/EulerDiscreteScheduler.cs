namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Euler's method on the probability-flow ODE dx/dsigma = (x - x0) / sigma, with noise put in again where the caller wants it (Karras et
/// al. 2022, algorithm 2 without its correction):
/// <code>
/// sigma^ = sigma (1 + gamma), x^ = x + sqrt(sigma^² - sigma²) s_noise z, gamma = min(s_churn / N, sqrt(2) - 1) from s_tmin to s_tmax
/// x' = x^ + (sigma' - sigma^) (x^ - x0) / sigma^
/// </code>
/// </summary>
internal sealed class EulerDiscreteScheduler : Scheduler
{
    private const string Linear = "linear", LogLinear = "log_linear", Discrete = "discrete", Continuous = "continuous";
    private readonly ForwardProcess _process;
    private readonly SigmaGrid _grid;
    private readonly SigmaPrediction _prediction;
    private readonly bool _isLogLinear;
    private readonly bool _asksInLogarithms;
    private readonly bool _endsOnZero;
    private readonly double? _largest;
    private readonly double? _smallest;

    public EulerDiscreteScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _process = ForwardProcess.Read(settings, BetaDefaults.Usual, TerminalSignal.Tiny);
        _grid = new SigmaGrid(settings, _process);
        _prediction = new SigmaPrediction(settings, [.. PredictionTypeNames.Usual, PredictionTypeNames.OriginalSample]);
        _isLogLinear = settings.ReadChoice("interpolation_type", Linear, [Linear, LogLinear]) == LogLinear;
        _asksInLogarithms = settings.ReadChoice("timestep_type", Discrete, [Discrete, Continuous]) == Continuous && _prediction.IsVelocity;
        _endsOnZero = FinalSigmaNames.Read(settings) == FinalSigmaNames.Zero;
        _largest = settings.ReadOptionalNumber("sigma_max");
        _smallest = settings.ReadOptionalNumber("sigma_min");
    }

    protected override IReadOnlyCollection<string> TakenOptions { get; } =
    [
        SamplingOptionNames.Timesteps, SamplingOptionNames.Sigmas, SamplingOptionNames.SChurn, SamplingOptionNames.STmin,
        SamplingOptionNames.STmax, SamplingOptionNames.SNoise,
    ];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var (timesteps, sigmas) = ComputeLevels(steps, sampling);
        if (_asksInLogarithms)
            timesteps = [.. sigmas.Take(timesteps.Length).Select(sigma => 0.25 * Math.Log(sigma))];
        return new Path(_prediction, timesteps, sigmas, _grid.InitNoiseSigma(sigmas), sampling, size);
    }

    private (double[] Timesteps, double[] Sigmas) ComputeLevels(int? steps, SamplingOptions sampling)
    {
        if (sampling is { Timesteps: not null, Sigmas: not null })
            throw new SamplingRefusedException("sampling.sigmas", "excludes sampling.timesteps");
        if (sampling.Timesteps is not null && _asksInLogarithms)
            throw new SamplingRefusedException("sampling.timesteps", "excludes timestep_type continuous");
        if (sampling.Sigmas is { } own)
            return ([.. own.SkipLast(1).Select(_process.TimestepOf)], [.. own]);
        var (timesteps, sigmas) = _grid.Compute(steps, sampling.Timesteps, _largest, _smallest);
        if (_isLogLinear && !_grid.HasOwnLevels)
        {
            // Evenly in log sigma, one level more than steps.
            var (from, to, count) = (Math.Log(sigmas[0]), Math.Log(sigmas[^1]), steps ?? timesteps.Length);
            sigmas = [.. Enumerable.Range(0, count + 1).Select(i => Math.Exp(from + ((to - from) * i / count)))];
        }
        return (timesteps, [.. sigmas, _endsOnZero ? 0 : _process.MinSigma]);
    }

    private sealed class Path(SigmaPrediction prediction, double[] timesteps, double[] sigmas, double initNoiseSigma,
        SamplingOptions sampling, int size) : SigmaPath(timesteps, sigmas, initNoiseSigma, size)
    {
        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var (sigma, to) = (Sigmas[StepsDone], Sigmas[StepsDone + 1]);
            var churns = sigma >= (sampling.STmin ?? 0) && sigma <= (sampling.STmax ?? double.PositiveInfinity);
            var gamma = churns ? Math.Min((sampling.SChurn ?? 0) / (Sigmas.Count - 1), Math.Sqrt(2) - 1) : 0;
            var raised = sigma * (gamma + 1);
            if (gamma > 0)
            {
                var spread = Math.Sqrt((raised * raised) - (sigma * sigma)) * (sampling.SNoise ?? 1);
                Sum.Start(1, sample).Add(spread, DrawNoise(noise)).CopyTo(sample);
            }
            EstimateClean(prediction, sample, output, raised);
            Sum.Start(to / raised, sample).Add((raised - to) / raised, Clean).CopyTo(sample);
        }
    }
}

/// <summary>The noise level that the last step ends on, by name.</summary>
internal static class FinalSigmaNames
{
    /// <summary>None: the clean sample.</summary>
    public const string Zero = "zero";

    /// <summary>That of timestep 0.</summary>
    public const string SigmaMin = "sigma_min";

    public static string Read(SchedulerSettings settings) => settings.ReadChoice("final_sigmas_type", Zero, [Zero, SigmaMin]);
}
