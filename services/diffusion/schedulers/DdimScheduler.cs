namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// DDIM (Song et al. 2021). With ā the cumulative alpha of t, ā' that of the previous timestep t - floor(N / steps), which need not be
/// the next one that is visited, x0 the estimate of the clean sample and n that of the noise, equations 12 and 16:
/// <code>
/// sigma = eta sqrt((1 - ā') / (1 - ā)) sqrt(1 - ā / ā')
/// x' = sqrt(ā') x0 + sqrt(1 - ā' - sigma²) n + sigma z
/// </code>
/// n is that of the output even where x0 was clipped, unless the caller sets <c>use_clipped_model_output</c>.
/// </summary>
internal sealed class DdimScheduler : Scheduler
{
    private readonly ForwardProcess _process;
    private readonly CleanSampleEstimator _estimator;
    private readonly NoiseLevel _final;
    private readonly string _spacing;
    private readonly int _offset;

    public DdimScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _process = ForwardProcess.Read(settings, BetaDefaults.Usual, TerminalSignal.Zero);
        _estimator = new CleanSampleEstimator(settings, clips: true, thresholds: true);
        _final = settings.ReadFlag("set_alpha_to_one", true) ? NoiseLevel.Clean : _process[0];
        _spacing = settings.ReadChoice("timestep_spacing", TimestepSpacingNames.Leading, TimestepSpacingNames.All);
        _offset = settings.ReadCount("steps_offset", 0, least: 0);
    }

    protected override IReadOnlyCollection<string> TakenOptions { get; } =
        [SamplingOptionNames.Eta, SamplingOptionNames.UseClippedModelOutput];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        RequireAtMost(steps!.Value, _process.TrainTimesteps);
        var timesteps = TimestepSpacingNames.ComputeTimesteps(_spacing, _process.TrainTimesteps, steps.Value, _offset);
        _process.RequireTimesteps(timesteps);
        return new Path(this, timesteps, _process.TrainTimesteps / steps.Value, sampling, size);
    }

    private sealed class Path(DdimScheduler scheduler, double[] timesteps, int stride, SamplingOptions sampling, int size)
        : DenoisingPath(timesteps, size)
    {
        private readonly double _eta = sampling.Eta ?? 0;
        private readonly float[] _predicted = new float[size];

        protected override (double Signal, double Noise) ForwardWeights => scheduler._process[(int)Timestep].Weights;

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var previous = (int)Timestep - stride;
            var (from, to) = (scheduler._process[(int)Timestep], previous >= 0 ? scheduler._process[previous] : scheduler._final);
            scheduler._estimator.Estimate(sample, output, from, Clean);
            if (sampling.UseClippedModelOutput == true)
                Sum.Start(1 / from.Noise, sample).Add(-from.Signal / from.Noise, Clean).CopyTo(_predicted);
            else
                scheduler._estimator.EstimateNoise(sample, output, from, _predicted);
            var kept = from.Signal / to.Signal;
            var sigma = _eta * (to.Noise / from.Noise) * Math.Sqrt(1 - (kept * kept));
            var direction = Math.Sqrt((to.Noise * to.Noise) - (sigma * sigma));
            Sum.Start(to.Signal, Clean).Add(direction, _predicted);
            if (_eta > 0)
                Sum.Add(sigma, DrawNoise(noise));
            Sum.CopyTo(sample);
        }
    }
}
