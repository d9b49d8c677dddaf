namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Heun's method on dx/dsigma = d(x, sigma) = (x - x0) / sigma (Karras et al. 2022, algorithm 1): an Euler step, then a correction by the
/// slope at its end; the last step, which ends without noise, is not corrected.
/// <code>
/// x~ = x + (sigma' - sigma) d(x, sigma)
/// x' = x + (sigma' - sigma) (d(x, sigma) + d(x~, sigma')) / 2
/// </code>
/// </summary>
internal sealed class HeunDiscreteScheduler : Scheduler
{
    private readonly SigmaGrid _grid;
    private readonly SigmaPrediction _prediction;

    public HeunDiscreteScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _grid = new SigmaGrid(settings, ForwardProcess.Read(settings,
            BetaDefaults.Latent with { Known = [.. BetaScheduleNames.Usual, BetaScheduleNames.Exponential] }));
        _prediction = new SigmaPrediction(settings, [PredictionTypeNames.Epsilon, PredictionTypeNames.Velocity], clips: true);
    }

    protected override int EvaluationsPerStep => 2;

    protected override IReadOnlyCollection<string> TakenOptions { get; } = [SamplingOptionNames.Timesteps];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var (timesteps, sigmas) = _grid.Compute(steps, sampling.Timesteps);
        // Each level but the first is asked about twice: at the end of one step and at the start of the next.
        return new Path(_prediction, [timesteps[0], .. timesteps.Skip(1).SelectMany(t => new[] { t, t })],
            [sigmas[0], .. sigmas.Skip(1).SelectMany(sigma => new[] { sigma, sigma }), 0], _grid.InitNoiseSigma(sigmas), size);
    }

    private sealed class Path(SigmaPrediction prediction, double[] timesteps, double[] sigmas, double initNoiseSigma, int size)
        : SigmaPath(timesteps, sigmas, initNoiseSigma, size)
    {
        private readonly float[] _start = new float[size];
        private readonly float[] _slope = new float[size];

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var sigma = Sigmas[StepsDone];
            EstimateClean(prediction, sample, output, sigma);
            if (StepsDone % 2 == 0)
            {
                sample.CopyTo(_start);
                Sum.Start(1 / sigma, sample).Add(-1 / sigma, Clean).CopyTo(_slope);
                Sum.Start(1, sample).Add(Sigmas[StepsDone + 1] - sigma, _slope).CopyTo(sample);
                return;
            }
            var half = (sigma - Sigmas[StepsDone - 1]) / 2;
            Sum.Start(1, _start).Add(half, _slope).Add(half / sigma, sample).Add(-half / sigma, Clean).CopyTo(sample);
        }
    }
}
