namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>A path in sigma.</summary>
/// <param name="timesteps">In order.</param>
/// <param name="sigmas">Levels, one more than timesteps at least.</param>
/// <param name="initNoiseSigma">What the unit noise of the start is multiplied by.</param>
internal abstract class SigmaPath(IReadOnlyList<double> timesteps, IReadOnlyList<double> sigmas, double initNoiseSigma, int size)
    : DenoisingPath(timesteps, size)
{
    public sealed override IReadOnlyList<double> Sigmas => sigmas;

    public sealed override double InitNoiseSigma => initNoiseSigma;

    /// <summary>The level that the network is asked about next.</summary>
    protected virtual double InputSigma => sigmas[StepsDone];

    protected sealed override (double Signal, double Noise) ForwardWeights => (1, sigmas[StepsDone]);

    public sealed override void ScaleModelInput(ReadOnlySpan<float> sample, Span<float> input)
    {
        var sigma = InputSigma;
        Sum.Start(1 / Math.Sqrt((sigma * sigma) + 1), sample).CopyTo(input);
    }

    /// <summary>Estimates the clean sample of x = x0 + sigma n.</summary>
    protected void EstimateClean(SigmaPrediction prediction, ReadOnlySpan<float> sample, ReadOnlySpan<float> output, double sigma)
    {
        var (kept, added) = prediction.WeightsAt(sigma);
        Sum.Start(kept, sample).Add(added, output).CopyTo(Clean);
        prediction.Clip(Clean);
    }
}
