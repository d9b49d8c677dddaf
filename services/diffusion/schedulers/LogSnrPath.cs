namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>A path in lambda.</summary>
internal abstract class LogSnrPath(double[] timesteps, double[] sigmas, int size) : DenoisingPath(timesteps, size)
{
    private readonly NoiseLevel[] _levels = [.. sigmas.Select(NoiseLevel.FromSigma)];

    public sealed override IReadOnlyList<double> Sigmas => sigmas;

    protected sealed override (double Signal, double Noise) ForwardWeights => Level(StepsDone).Weights;

    /// <summary>The level that step <paramref name="index"/> starts from; the last one is the end.</summary>
    protected NoiseLevel Level(int index) => _levels[index];
}
