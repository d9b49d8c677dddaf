namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// The midpoint method on dx/dsigma = d(x, sigma) = (x - x0) / sigma, the midpoint in log sigma (DPM-Solver-2 of Lu et al. 2022, algorithm
/// 1, in the sampler of Karras et al. 2022, algorithm 2):
/// <code>
/// m = sqrt(sigma sigma'), y = x + (m - sigma) d(x, sigma)
/// x' = x + (sigma' - sigma) d(y, m)
/// </code>
/// The last step, which ends without noise, is Euler's.
/// </summary>
internal sealed class Kdpm2DiscreteScheduler : Scheduler
{
    private readonly ForwardProcess _process;
    private readonly SigmaGrid _grid;
    private readonly SigmaPrediction _prediction;

    public Kdpm2DiscreteScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _process = ForwardProcess.Read(settings, BetaDefaults.Latent);
        _grid = new SigmaGrid(settings, _process);
        _prediction = new SigmaPrediction(settings, [PredictionTypeNames.Epsilon, PredictionTypeNames.Velocity]);
    }

    protected override int EvaluationsPerStep => 2;

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var (timesteps, sigmas) = _grid.Compute(steps, null);
        if (_grid.IsKarras)
            timesteps = [.. timesteps.Select(t => Math.Round(t))];
        double[] middles = [.. sigmas.Zip(sigmas.Skip(1), (from, to) => Math.Sqrt(from * to))];
        return new Path(_prediction, InterleaveMiddles(timesteps, [.. middles.Select(_process.TimestepOf)]),
            [sigmas[0], .. sigmas.Skip(1).SelectMany(sigma => new[] { sigma, sigma }), 0, 0, 0],
            middles, _grid.InitNoiseSigma(sigmas), size);
    }

    /// <summary>Each timestep but the last is followed by that of the middle of its step.</summary>
    internal static double[] InterleaveMiddles(double[] timesteps, double[] middles) =>
        [timesteps[0], .. timesteps.Skip(1).SelectMany((t, i) => new[] { middles[i], t })];

    private sealed class Path(SigmaPrediction prediction, double[] timesteps, double[] sigmas, double[] middles, double initNoiseSigma,
        int size) : SigmaPath(timesteps, sigmas, initNoiseSigma, size)
    {
        private readonly float[] _start = new float[size];

        private bool IsMiddle => StepsDone % 2 == 1;

        protected override double InputSigma => IsMiddle ? middles[StepsDone / 2] : Sigmas[StepsDone];

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var sigma = InputSigma;
            EstimateClean(prediction, sample, output, sigma);
            if (IsMiddle)
            {
                var stride = Sigmas[StepsDone] - Sigmas[StepsDone - 1];
                Sum.Start(1, _start).Add(stride / sigma, sample).Add(-stride / sigma, Clean).CopyTo(sample);
                return;
            }
            sample.CopyTo(_start);
            var to = StepsDone / 2 < middles.Length ? middles[StepsDone / 2] : 0;
            Sum.Start(to / sigma, sample).Add((sigma - to) / sigma, Clean).CopyTo(sample);
        }
    }
}
