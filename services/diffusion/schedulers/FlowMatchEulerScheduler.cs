namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Euler's method for flow matching (Lipman et al. 2023; Esser et al. 2024, section 3): the sample is (1 - sigma) x0 + sigma n and the
/// network gives its velocity v = n - x0,
/// <code>
/// x' = x + (sigma' - sigma) v
/// </code>
/// at noise levels that are shifted towards the noisy end, sigma = s u / (1 + (s - 1) u) (Esser et al. 2024, equation 23).
/// </summary>
internal sealed class FlowMatchEulerScheduler : Scheduler
{
    private const string ExponentialShift = "exponential", LinearShift = "linear";
    private readonly int _trainTimesteps;
    private readonly double _shift;
    private readonly bool _shiftsBySize;
    private readonly string _shiftType;
    private readonly double? _terminal;
    private readonly SigmaSpacing _spacing;
    private readonly bool _inverts;
    private readonly bool _stochastic;

    public FlowMatchEulerScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _trainTimesteps = settings.ReadTrainTimesteps();
        _shift = settings.ReadNumber("shift", 1);
        _shiftsBySize = settings.ReadFlag("use_dynamic_shifting", false);
        _shiftType = settings.ReadChoice("time_shift_type", ExponentialShift, [ExponentialShift, LinearShift]);
        _terminal = settings.ReadOptionalNumber("shift_terminal");
        _spacing = SigmaSpacing.Read(settings);
        _inverts = settings.ReadFlag("invert_sigmas", false);
        _stochastic = settings.ReadFlag("stochastic_sampling", false);
        settings.Acknowledge("base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len"); // a pipeline makes mu of them
    }

    protected override IReadOnlyCollection<string> TakenOptions { get; } = [SamplingOptionNames.Sigmas, SamplingOptionNames.Mu];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        if (_shiftsBySize && sampling.Mu is null)
            throw new SamplingRefusedException("sampling.mu", $"{Name} with use_dynamic_shifting wants it");
        var sigmas = sampling.Sigmas is { } own ? [.. own] : EvenlySpaced(steps!.Value);
        sigmas = [.. sigmas.Select(sigma => _shiftsBySize ? ShiftBySize(sigma, sampling.Mu!.Value) : Shift(sigma))];
        if (_terminal is { } terminal && terminal != 0)
        {
            // Stretched so that the last level is the terminal one.
            var scale = (1 - sigmas[^1]) / (1 - terminal);
            sigmas = [.. sigmas.Select(sigma => 1 - ((1 - sigma) / scale))];
        }
        if (_spacing.Kind != SigmaSpacingKind.OfTimesteps)
            sigmas = _spacing.Spread(sigmas[0], sigmas[^1], sigmas.Length);
        if (_inverts)
            sigmas = [.. sigmas.Select(sigma => 1 - sigma)];
        return new Path([.. sigmas.Select(sigma => sigma * _trainTimesteps)], [.. sigmas, _inverts ? 1 : 0], _stochastic, size);
    }

    // From the training's largest level to its smallest, which are shifted themselves.
    private double[] EvenlySpaced(int steps)
    {
        var (largest, smallest) = _shiftsBySize ? (1, 1.0 / _trainTimesteps) : (Shift(1), Shift(1.0 / _trainTimesteps));
        return [.. Enumerable.Range(0, steps).Select(i => steps == 1 ? largest : largest + (i * (smallest - largest) / (steps - 1)))];
    }

    private double Shift(double sigma) => _shift * sigma / (1 + ((_shift - 1) * sigma));

    private double ShiftBySize(double sigma, double mu)
    {
        var strength = _shiftType == ExponentialShift ? Math.Exp(mu) : mu;
        return strength / (strength + ((1 / sigma) - 1));
    }

    private sealed class Path(double[] timesteps, double[] sigmas, bool stochastic, int size) : DenoisingPath(timesteps, size)
    {
        public override IReadOnlyList<double> Sigmas => sigmas;

        protected override (double Signal, double Noise) ForwardWeights => (1 - sigmas[StepsDone], sigmas[StepsDone]);

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var (from, to) = (sigmas[StepsDone], sigmas[StepsDone + 1]);
            Sum.Start(1, sample).Add(-from, output).CopyTo(Clean);
            if (stochastic)
                Sum.Start(1 - to, Clean).Add(to, DrawNoise(noise)).CopyTo(sample);
            else
                Sum.Start(1, sample).Add(to - from, output).CopyTo(sample);
        }
    }
}
