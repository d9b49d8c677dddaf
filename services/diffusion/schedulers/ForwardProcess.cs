namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>Share of signal and noise, signal² + noise² = 1.</summary>
internal readonly record struct NoiseLevel(double Signal, double Noise)
{
    public static NoiseLevel Clean { get; } = new(1, 0);

    /// <summary>Half the logarithm of the signal-to-noise ratio; infinite at either end.</summary>
    public double Lambda => Math.Log(Signal / Noise);
}

/// <summary>The forward process of a model: how noisy each timestep is, and what its outputs mean.</summary>
internal sealed class ForwardProcess
{
    private readonly double[] _alphasCumprod;
    private readonly Func<float, float, float, float, float> _cleanEstimator;

    public ForwardProcess(SchedulerConfig config)
    {
        Config = config;
        _cleanEstimator = PredictionTypeNames.CleanEstimator(config.PredictionType);
        var betas = BetaScheduleNames.ComputeBetas(config);
        _alphasCumprod = new double[betas.Length];
        var product = 1.0;
        for (var t = 0; t < betas.Length; t++)
            _alphasCumprod[t] = product *= 1 - betas[t];
        if (config.RescaleBetasZeroSnr)
            RescaleToZeroSignal(_alphasCumprod);
    }

    public SchedulerConfig Config { get; }

    /// <summary>The level of a timestep.</summary>
    public NoiseLevel this[int timestep] => new(Math.Sqrt(_alphasCumprod[timestep]), Math.Sqrt(1 - _alphasCumprod[timestep]));

    /// <summary>Estimates the clean sample, element by element.</summary>
    public void EstimateClean(ReadOnlySpan<float> sample, ReadOnlySpan<float> output, NoiseLevel level, Span<float> clean)
    {
        var (a, s) = ((float)level.Signal, (float)level.Noise);
        for (var i = 0; i < clean.Length; i++)
            clean[i] = _cleanEstimator(sample[i], output[i], a, s);
        if (!Config.ClipSample)
            return;
        var range = (float)Config.ClipSampleRange;
        for (var i = 0; i < clean.Length; i++)
            clean[i] = Math.Clamp(clean[i], -range, range);
    }

    // Lin et al. 2024, algorithm 1: shift and stretch the signal so that the first timestep keeps its own and the last has none.
    private static void RescaleToZeroSignal(double[] alphasCumprod)
    {
        double first = Math.Sqrt(alphasCumprod[0]), last = Math.Sqrt(alphasCumprod[^1]);
        for (var t = 0; t < alphasCumprod.Length; t++)
        {
            var signal = (Math.Sqrt(alphasCumprod[t]) - last) * first / (first - last);
            alphasCumprod[t] = signal * signal;
        }
    }
}
