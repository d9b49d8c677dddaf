namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// DDPM (Ho et al. 2020): draws from the posterior of equations 6 and 7. With a = ā/ā' the alpha of the stride and b = 1 - a:
/// <code>
/// x' = (sqrt(ā') b / (1 - ā)) x0 + (sqrt(a) (1 - ā') / (1 - ā)) x + sigma z
/// sigma² = (1 - ā') / (1 - ā) b (fixed_small), b (fixed_large), or what the network predicts (Nichol and Dhariwal 2021, equation 15)
/// </code>
/// No noise is drawn at timestep 0.
/// </summary>
internal sealed class DdpmScheduler : Scheduler
{
    private const string FixedSmall = "fixed_small", FixedSmallLog = "fixed_small_log", FixedLarge = "fixed_large",
        FixedLargeLog = "fixed_large_log", Learned = "learned", LearnedRange = "learned_range";

    private readonly ForwardProcess _process;
    private readonly CleanSampleEstimator _estimator;
    private readonly string _variance;
    private readonly string _spacing;
    private readonly int _offset;

    public DdpmScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _process = ForwardProcess.Read(settings,
            BetaDefaults.Usual with { Known = [.. BetaScheduleNames.Usual, BetaScheduleNames.Sigmoid] }, TerminalSignal.Zero);
        _estimator = new CleanSampleEstimator(settings, clips: true, thresholds: true);
        _variance = settings.ReadChoice("variance_type", FixedSmall,
            [FixedSmall, FixedSmallLog, FixedLarge, FixedLargeLog, Learned, LearnedRange]);
        if (_variance == FixedLargeLog)
            throw settings.Refuse("variance_type", "gives no finite sample: the library takes the root of a logarithm below 0");
        _spacing = settings.ReadChoice("timestep_spacing", TimestepSpacingNames.Leading, TimestepSpacingNames.All);
        _offset = settings.ReadCount("steps_offset", 0, least: 0);
    }

    public override int OutputsPerElement => _variance is Learned or LearnedRange ? 2 : 1;

    protected override IReadOnlyCollection<string> TakenOptions { get; } = [SamplingOptionNames.Timesteps];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        if (steps is { } count)
            RequireAtMost(count, _process.TrainTimesteps);
        double[] timesteps = sampling.Timesteps is { } own
            ? RequireFalling(own)
            : TimestepSpacingNames.ComputeTimesteps(_spacing, _process.TrainTimesteps, steps!.Value, _offset);
        _process.RequireTimesteps(timesteps);
        return new Path(this, timesteps, size);
    }

    private sealed class Path(DdpmScheduler scheduler, double[] timesteps, int size) : DenoisingPath(timesteps, size)
    {
        protected override (double Signal, double Noise) ForwardWeights => scheduler._process[(int)Timestep].Weights;

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var previous = StepsDone + 1 < Timesteps.Count ? (int)Timesteps[StepsDone + 1] : -1;
            var bar = scheduler._process.AlphaBar((int)Timestep);
            var barTo = previous >= 0 ? scheduler._process.AlphaBar(previous) : 1;
            var (a, b) = (bar / barTo, 1 - (bar / barTo));
            scheduler._estimator.Estimate(sample, output[..sample.Length], scheduler._process[(int)Timestep], Clean);
            Sum.Start(Math.Sqrt(barTo) * b / (1 - bar), Clean).Add(Math.Sqrt(a) * (1 - barTo) / (1 - bar), sample).CopyTo(sample);
            if (Timestep <= 0)
                return;
            var small = Math.Max((1 - barTo) / (1 - bar) * b, 1e-20);
            var drawn = DrawNoise(noise);
            for (var i = 0; i < sample.Length; i++)
                sample[i] = (float)(sample[i] + (StandardDeviation(small, b, output, sample.Length + i) * drawn[i]));
        }

        private double StandardDeviation(double small, double large, ReadOnlySpan<float> output, int at) => scheduler._variance switch
        {
            FixedLarge => Math.Sqrt(large),
            Learned => Math.Sqrt(output[at]),
            // Between both in logarithms, at the share (v + 1) / 2.
            LearnedRange => Math.Exp(0.5 * (Math.Log(small) + ((output[at] + 1) / 2 * (Math.Log(large) - Math.Log(small))))),
            _ => Math.Sqrt(small),
        };
    }
}
