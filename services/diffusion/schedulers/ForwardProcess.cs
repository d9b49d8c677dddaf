namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>Share of signal and noise, signal² + noise² = 1.</summary>
internal readonly record struct NoiseLevel(double Signal, double Noise)
{
    public static NoiseLevel Clean { get; } = new(1, 0);

    /// <summary>Both shares.</summary>
    public (double Signal, double Noise) Weights => (Signal, Noise);

    /// <summary>Half the logarithm of the signal-to-noise ratio; infinite at either end.</summary>
    public double Lambda => Math.Log(Signal / Noise);

    /// <summary>The level of which sigma is noise over signal.</summary>
    public static NoiseLevel FromSigma(double sigma)
    {
        var signal = 1 / Math.Sqrt((sigma * sigma) + 1);
        return new NoiseLevel(signal, sigma * signal);
    }

    /// <summary>e^h - 1 over a stride h in lambda, exact for small strides too.</summary>
    public static double Growth(double h) => Math.Abs(h) < 1e-5 ? h + (h * h / 2) + (h * h * h / 6) : Math.Exp(h) - 1;
}

/// <summary>What becomes of the last timestep where <c>rescale_betas_zero_snr</c> leaves it no signal.</summary>
internal enum TerminalSignal
{
    /// <summary>It has none.</summary>
    Zero,

    /// <summary>Its cumulative alpha is 2^-24, so that sigma stays finite.</summary>
    Tiny,

    /// <summary>The class doesn't know the key.</summary>
    NotRescaled,
}

/// <summary>What the numbers of a forward process are stored in.</summary>
internal enum ForwardPrecision
{
    /// <summary>As diffusers stores them: near timestep 0 the noise levels differ from the exact ones in the fifth digit.</summary>
    Single,

    /// <summary>Exactly, as the aliases of <see cref="SchedulerNames"/> do: the roots of data sets hold these bits.</summary>
    Double,
}

/// <summary>
/// The forward process of a model: how noisy each timestep is, x(t) = sqrt(ā) x0 + sqrt(1 - ā) n (Ho et al. 2020, equation 4).
/// </summary>
internal sealed class ForwardProcess
{
    private readonly double[] _alphasCumprod;
    private readonly double[] _sigmas;
    private readonly double[] _logSigmas;

    private ForwardProcess(int trainTimesteps, double[] betas, TerminalSignal rescaled, Func<double, double> store)
    {
        TrainTimesteps = trainTimesteps;
        _alphasCumprod = Accumulate(betas.Select(beta => store(1 - store(beta))), store);
        if (rescaled != TerminalSignal.NotRescaled)
            _alphasCumprod = Accumulate(RescaleToZeroSignal(_alphasCumprod, store), store);
        if (rescaled == TerminalSignal.Tiny)
            _alphasCumprod[^1] = Math.ScaleB(1, -24);
        _sigmas = [.. _alphasCumprod.Select(bar => Math.Sqrt((1 - bar) / bar))];
        _logSigmas = [.. _sigmas.Select(sigma => Math.Log(sigma))];
    }

    /// <summary>Reads <c>num_train_timesteps</c>, the betas and, where the class knows it, <c>rescale_betas_zero_snr</c>.</summary>
    /// <param name="defaults">The class's betas where the file says nothing.</param>
    public static ForwardProcess Read(SchedulerSettings settings, BetaDefaults defaults,
        TerminalSignal terminal = TerminalSignal.NotRescaled)
    {
        var rescaled = terminal != TerminalSignal.NotRescaled && settings.ReadFlag("rescale_betas_zero_snr", false);
        var trainTimesteps = settings.ReadTrainTimesteps();
        return new ForwardProcess(trainTimesteps, BetaScheduleNames.ReadBetas(settings, defaults, trainTimesteps),
            rescaled ? terminal : TerminalSignal.NotRescaled,
            settings.Precision == ForwardPrecision.Double ? value => value : value => (float)value);
    }

    /// <summary><c>num_train_timesteps</c>, which timesteps are spaced over.</summary>
    public int TrainTimesteps { get; }

    /// <summary>Levels that there are: <see cref="TrainTimesteps"/>, or the length of <c>trained_betas</c>.</summary>
    public int Count => _alphasCumprod.Length;

    /// <summary>The level of a timestep; negative ones count from the end, as in NumPy.</summary>
    public NoiseLevel this[int timestep] => new(Math.Sqrt(AlphaBar(timestep)), Math.Sqrt(1 - AlphaBar(timestep)));

    /// <summary>Noise over signal of the first and the last timestep.</summary>
    public double MinSigma => _sigmas[0];

    public double MaxSigma => _sigmas[^1];

    /// <summary>The cumulative product of 1 - beta; negative timesteps count from the end, as in NumPy.</summary>
    public double AlphaBar(int timestep) => _alphasCumprod[timestep < 0 ? timestep + Count : timestep];

    /// <summary>Refuses timesteps that the model does not have.</summary>
    /// <exception cref="SamplingRefusedException">Names the first one.</exception>
    public void RequireTimesteps(IEnumerable<double> timesteps)
    {
        foreach (var timestep in timesteps)
        {
            if (!(timestep >= -Count && timestep < Count))
                throw new SamplingRefusedException("steps", $"would visit timestep {timestep}; the model has 0 to {Count - 1}");
        }
    }

    /// <summary>Noise over signal at a timestep, linear between whole ones and constant beyond the ends (<c>numpy.interp</c>).</summary>
    public double SigmaAt(double timestep)
    {
        if (!(timestep > 0))
            return _sigmas[0];
        var below = (int)Math.Min(timestep, Count - 1);
        return below == Count - 1 ? _sigmas[^1] : _sigmas[below] + ((timestep - below) * (_sigmas[below + 1] - _sigmas[below]));
    }

    /// <summary>The timestep of a noise level, linear in log sigma between the model's own (Karras et al. 2022).</summary>
    public double TimestepOf(double sigma)
    {
        var logSigma = Math.Log(Math.Max(sigma, 1e-10));
        var low = Math.Max(0, Array.FindLastIndex(_logSigmas, known => known <= logSigma));
        low = Math.Min(low, Count - 2);
        if (low < 0)
            return 0;
        var weight = Math.Clamp((_logSigmas[low] - logSigma) / (_logSigmas[low] - _logSigmas[low + 1]), 0, 1);
        return ((1 - weight) * low) + (weight * (low + 1));
    }

    /// <summary>The first of the timesteps, counted from the noisy end, whose log signal-to-noise ratio is at least this.</summary>
    public int CountBelowLambda(double lambda) => _logSigmas.Count(log => -log < lambda);

    // Products are summed up in double precision and stored as the process stores its numbers.
    private static double[] Accumulate(IEnumerable<double> alphas, Func<double, double> store)
    {
        var product = 1.0;
        return [.. alphas.Select(alpha => store(product *= alpha))];
    }

    // Lin et al. 2024, algorithm 1: shift and stretch the signal so that the first timestep keeps its own and the last has none. Gives
    // the alphas of single timesteps.
    private static IEnumerable<double> RescaleToZeroSignal(double[] alphasCumprod, Func<double, double> store)
    {
        double first = store(Math.Sqrt(alphasCumprod[0])), last = store(Math.Sqrt(alphasCumprod[^1]));
        var scale = store(first / store(first - last));
        double[] bars = [.. alphasCumprod.Select(bar => store(store(Math.Sqrt(bar)) - last)).Select(signal => store(signal * scale))
            .Select(signal => store(signal * signal))];
        return bars.Select((bar, t) => store(1 - store(1 - (t == 0 ? bar : store(bar / bars[t - 1])))));
    }
}
