namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Euler's method with ancestral sampling: of the next level sigma' a part is reached by the ODE and the rest is drawn anew, so that each
/// step has the variance of DDPM's posterior (Song et al. 2021, equation 16 with eta = 1, written in sigma):
/// <code>
/// up = sqrt(sigma'² (sigma² - sigma'²) / sigma²), down = sqrt(sigma'² - up²)
/// x' = x + (down - sigma) (x - x0) / sigma + up z
/// </code>
/// </summary>
internal sealed class EulerAncestralScheduler : Scheduler
{
    private readonly SigmaGrid _grid;
    private readonly SigmaPrediction _prediction;

    public EulerAncestralScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _grid = new SigmaGrid(settings, ForwardProcess.Read(settings, BetaDefaults.Usual, TerminalSignal.Tiny), hasSigmaSpacing: false);
        _prediction = new SigmaPrediction(settings, [PredictionTypeNames.Epsilon, PredictionTypeNames.Velocity]);
    }

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var (timesteps, sigmas) = _grid.Compute(steps, null);
        return new Path(_prediction, timesteps, [.. sigmas, 0], _grid.InitNoiseSigma(sigmas), size);
    }

    private sealed class Path(SigmaPrediction prediction, double[] timesteps, double[] sigmas, double initNoiseSigma, int size)
        : SigmaPath(timesteps, sigmas, initNoiseSigma, size)
    {
        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var (sigma, to) = (Sigmas[StepsDone], Sigmas[StepsDone + 1]);
            EstimateClean(prediction, sample, output, sigma);
            var (up, down) = AncestralStep.Split(sigma, to);
            Sum.Start(down / sigma, sample).Add((sigma - down) / sigma, Clean).Add(up, DrawNoise(noise)).CopyTo(sample);
        }
    }
}

/// <summary>How an ancestral step splits its way from one noise level to the next.</summary>
internal static class AncestralStep
{
    /// <summary>The noise that is drawn, and the level that is reached without it: down² + up² = to².</summary>
    public static (double Up, double Down) Split(double from, double to)
    {
        var up = to * Math.Sqrt((from * from) - (to * to)) / from;
        return (up, Math.Sqrt((to * to) - (up * up)));
    }
}
