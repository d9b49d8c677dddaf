namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Multistep sampling of a latent consistency model (Luo et al. 2023, algorithm 3, after Song et al. 2023, algorithm 1). With the boundary
/// condition's c_skip = d² / (u² + d²) and c_out = u / sqrt(u² + d²), u = t <c>timestep_scaling</c>, d = 0.5:
/// <code>
/// f = c_skip x + c_out x0
/// x' = sqrt(ā') f + sqrt(1 - ā') z; the last step ends on f
/// </code>
/// Visits some of the timesteps of the distillation, <c>original_inference_steps</c> of them.
/// </summary>
internal sealed class LcmScheduler : Scheduler
{
    private const double DataDeviation = 0.5;
    private readonly ForwardProcess _process;
    private readonly CleanSampleEstimator _estimator;
    private readonly double _finalAlphaBar;
    private readonly double _timestepScaling;
    private readonly int _originalSteps;

    public LcmScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _process = ForwardProcess.Read(settings, BetaDefaults.Latent with { Schedule = BetaScheduleNames.ScaledLinear },
            TerminalSignal.Zero);
        _estimator = new CleanSampleEstimator(settings, clips: false, thresholds: true);
        _finalAlphaBar = settings.ReadFlag("set_alpha_to_one", true) ? 1 : _process.AlphaBar(0);
        _timestepScaling = settings.ReadNumber("timestep_scaling", 10);
        _originalSteps = settings.ReadCount("original_inference_steps", 50, least: 1);
        settings.ReadChoice("timestep_spacing", TimestepSpacingNames.Leading, TimestepSpacingNames.All);
        settings.Acknowledge("steps_offset");
    }

    protected override IReadOnlyCollection<string> TakenOptions { get; } =
        [SamplingOptionNames.Timesteps, SamplingOptionNames.OriginalInferenceSteps];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var original = sampling.OriginalInferenceSteps ?? _originalSteps;
        if (original < 1 || original > _process.TrainTimesteps)
        {
            throw new SamplingRefusedException("sampling.original_inference_steps",
                $"is {original}{(sampling.OriginalInferenceSteps is null ? " in the scheduler's config" : "")}; 1 to num_train_timesteps, "
                    + $"{_process.TrainTimesteps}, is wanted");
        }
        double[] timesteps = sampling.Timesteps is { } own ? RequireFalling(own) : Visit(steps!.Value, original);
        _process.RequireTimesteps(timesteps);
        return new Path(this, timesteps, size);
    }

    // Every (N / original)th timestep was distilled; of these, noisiest first, the ones at floor(i original / steps).
    private double[] Visit(int steps, int original)
    {
        RequireAtMost(steps, original);
        var stride = _process.TrainTimesteps / original;
        return [.. Enumerable.Range(0, steps).Select(i => (int)Math.Floor(i * ((double)original / steps)))
            .Select(i => (double)((original - i) * stride) - 1)];
    }

    private sealed class Path(LcmScheduler scheduler, double[] timesteps, int size) : DenoisingPath(timesteps, size)
    {
        private readonly float[] _predicted = new float[size];

        protected override (double Signal, double Noise) ForwardWeights => scheduler._process[(int)Timestep].Weights;

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            scheduler._estimator.Estimate(sample, output, scheduler._process[(int)Timestep], _predicted);
            var scaled = Timestep * scheduler._timestepScaling;
            var variance = (scaled * scaled) + (DataDeviation * DataDeviation);
            Sum.Start(DataDeviation * DataDeviation / variance, sample).Add(scaled / Math.Sqrt(variance), _predicted).CopyTo(Clean);
            if (StepsDone + 1 == Timesteps.Count)
            {
                Clean.CopyTo(sample);
                return;
            }
            var to = (int)Timesteps[StepsDone + 1];
            var barTo = to >= 0 ? scheduler._process.AlphaBar(to) : scheduler._finalAlphaBar;
            Sum.Start(Math.Sqrt(barTo), Clean).Add(Math.Sqrt(1 - barTo), DrawNoise(noise)).CopyTo(sample);
        }
    }
}
