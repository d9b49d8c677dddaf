namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// <see cref="Kdpm2DiscreteScheduler"/> with ancestral sampling: the midpoint method goes down to a level below the next one, and the rest
/// is drawn anew (up and down as in <see cref="EulerAncestralScheduler"/>):
/// <code>
/// m = sqrt(sigma down), y = x + (m - sigma) d(x, sigma)
/// x' = x + (down - sigma) d(y, m) + up z
/// </code>
/// The last step, which ends without noise, is Euler's.
/// </summary>
internal sealed class Kdpm2AncestralScheduler : Scheduler
{
    private readonly ForwardProcess _process;
    private readonly SigmaGrid _grid;
    private readonly SigmaPrediction _prediction;

    public Kdpm2AncestralScheduler(SchedulerSettings settings)
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
        double[] middles = [.. sigmas.Zip(sigmas.Skip(1), (from, to) => Math.Sqrt(from * AncestralStep.Split(from, to).Down))];
        return new Path(_prediction,
            Kdpm2DiscreteScheduler.InterleaveMiddles(timesteps, [.. middles.Select(_process.TimestepOf)]),
            [sigmas[0], .. sigmas.Skip(1).SelectMany(sigma => new[] { sigma, sigma }), 0, 0, 0],
            middles, _grid.InitNoiseSigma(sigmas), size);
    }

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
            var drawn = DrawNoise(noise); // at each evaluation, as the library draws, though only the second uses it
            if (IsMiddle)
            {
                var from = Sigmas[StepsDone - 1];
                var (up, down) = AncestralStep.Split(from, Sigmas[StepsDone]);
                var stride = down - from;
                Sum.Start(1, _start).Add(stride / sigma, sample).Add(-stride / sigma, Clean).Add(up, drawn).CopyTo(sample);
                return;
            }
            sample.CopyTo(_start);
            var to = StepsDone / 2 < middles.Length ? middles[StepsDone / 2] : 0;
            Sum.Start(to / sigma, sample).Add((sigma - to) / sigma, Clean).CopyTo(sample);
        }
    }
}
