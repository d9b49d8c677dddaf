namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>One image's way through its timesteps, with what a scheduler remembers of its earlier steps.</summary>
/// <param name="timesteps">What the network is asked about, in order; fractions where the noise levels are not the model's own.</param>
/// <param name="size">Elements of the latent.</param>
internal abstract class DenoisingPath(IReadOnlyList<double> timesteps, int size)
{
    private float[]? _noise;

    /// <summary>Noisiest first.</summary>
    public IReadOnlyList<double> Timesteps => timesteps;

    /// <summary>Noise levels, one more than timesteps at least; null where the class has none.</summary>
    public virtual IReadOnlyList<double>? Sigmas => null;

    /// <summary>What the unit noise of the start is multiplied by.</summary>
    public virtual double InitNoiseSigma => 1;

    /// <summary>The step that it starts with: 0 in pure noise, a later one where it starts from an image.</summary>
    public int FirstStep { get; private set; }

    /// <summary>Index of the next step: the steps done so far, those before <see cref="FirstStep"/> included.</summary>
    public int StepsDone { get; private set; }

    public bool IsFinished => StepsDone == timesteps.Count;

    /// <summary>The timestep that the network is to be asked about next.</summary>
    public double Timestep => timesteps[StepsDone];

    /// <summary>The latest estimate of the clean latent; zeros before the first step.</summary>
    public ReadOnlySpan<float> CleanEstimate => Clean;

    /// <summary>Steps done since the first one: what a method of several steps has in memory.</summary>
    protected int StepsSinceStart => StepsDone - FirstStep;

    /// <summary>What a sample at the noise level of the next step consists of: shares of a clean latent and of unit noise.</summary>
    protected abstract (double Signal, double Noise) ForwardWeights { get; }

    protected float[] Clean { get; } = new float[size];

    /// <summary>A weighted sum of latents in double precision.</summary>
    protected LatentSum Sum { get; } = new(size);

    /// <summary>Leaves out the steps before <paramref name="step"/>; all of them where it is the number of timesteps.</summary>
    /// <exception cref="SamplingRefusedException">The class can't start there.</exception>
    public virtual void StartAt(int step)
    {
        FirstStep = step;
        StepsDone = step;
    }

    /// <summary>Brings a clean latent to the noise level of the next step, as <c>add_noise</c> of the class does.</summary>
    /// <param name="noise">Unit noise.</param>
    public void AddNoise(ReadOnlySpan<float> clean, ReadOnlySpan<float> noise, Span<float> sample)
    {
        var (signal, share) = ForwardWeights;
        Sum.Start(signal, clean).Add(share, noise).CopyTo(sample);
    }

    /// <summary>What the network is fed: the sample, or the sample scaled to unit variance.</summary>
    public virtual void ScaleModelInput(ReadOnlySpan<float> sample, Span<float> input) => sample.CopyTo(input);

    /// <summary>One step: moves <paramref name="sample"/> to the next noise level.</summary>
    /// <param name="output">The network's output at <see cref="Timestep"/>, after guidance.</param>
    /// <param name="noise">Asked for the noise of a step that draws some.</param>
    public void Step(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
    {
        Advance(output, sample, noise);
        StepsDone++;
    }

    /// <summary>The step at index <see cref="StepsDone"/>.</summary>
    protected abstract void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise);

    /// <summary>The noise of this step.</summary>
    protected float[] DrawNoise(NoiseSource noise)
    {
        _noise ??= new float[size];
        noise(StepsDone + 1, _noise);
        return _noise;
    }
}

/// <summary>A weighted sum of latents, kept in double precision until it is stored.</summary>
internal sealed class LatentSum(int size)
{
    private readonly double[] _sum = new double[size];

    /// <summary>Starts anew with a first term.</summary>
    public LatentSum Start(double weight, ReadOnlySpan<float> latent)
    {
        for (var i = 0; i < _sum.Length; i++)
            _sum[i] = weight * latent[i];
        return this;
    }

    public LatentSum Add(double weight, ReadOnlySpan<float> latent)
    {
        for (var i = 0; i < _sum.Length; i++)
            _sum[i] += weight * latent[i];
        return this;
    }

    public void CopyTo(Span<float> latent)
    {
        for (var i = 0; i < _sum.Length; i++)
            latent[i] = (float)_sum[i];
    }
}
