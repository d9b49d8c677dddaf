namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The shares of signal and noise in a sample; signal² + noise² = 1.</summary>
internal readonly record struct NoiseLevel(double Signal, double Noise)
{
    public static NoiseLevel Clean { get; } = new(1, 0);

    /// <summary>Half the logarithm of the signal-to-noise ratio; infinite at either end.</summary>
    public double Lambda => Math.Log(Signal / Noise);
}

/// <summary>
/// The forward process that a model was trained on: how noisy each timestep is, and what the outputs of the network mean.
/// </summary>
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

    /// <summary>The noise level of a timestep.</summary>
    public NoiseLevel this[int timestep] => new(Math.Sqrt(_alphasCumprod[timestep]), Math.Sqrt(1 - _alphasCumprod[timestep]));

    /// <summary>Estimates the clean sample, element by element.</summary>
    public void EstimateClean(ReadOnlySpan<float> sample, ReadOnlySpan<float> output, NoiseLevel level, Span<float> clean)
    {
        var signal = (float)level.Signal;
        var noise = (float)level.Noise;
        for (var i = 0; i < clean.Length; i++)
            clean[i] = _cleanEstimator(sample[i], output[i], signal, noise);
        if (!Config.ClipSample)
            return;
        var range = (float)Config.ClipSampleRange;
        for (var i = 0; i < clean.Length; i++)
            clean[i] = Math.Clamp(clean[i], -range, range);
    }

    /// <summary>
    /// Shifts and stretches the signal so that the first timestep keeps its own and the last has none (Lin et al. 2024, algorithm 1).
    /// </summary>
    private static void RescaleToZeroSignal(double[] alphasCumprod)
    {
        var first = Math.Sqrt(alphasCumprod[0]);
        var last = Math.Sqrt(alphasCumprod[^1]);
        for (var t = 0; t < alphasCumprod.Length; t++)
        {
            var signal = (Math.Sqrt(alphasCumprod[t]) - last) * first / (first - last);
            alphasCumprod[t] = signal * signal;
        }
    }
}
