namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>One picture's way through its timesteps.</summary>
internal abstract class DenoisingPath(ForwardProcess schedule, int steps, int size)
{
    private readonly float[] _clean = new float[size];

    /// <summary>Noisiest first.</summary>
    public IReadOnlyList<int> Timesteps { get; } = TimestepSpacingNames.ComputeTimesteps(schedule.Config, steps);

    /// <summary>Steps done so far.</summary>
    public int StepsDone { get; private set; }

    public bool IsFinished => StepsDone == Timesteps.Count;

    /// <summary>The timestep that the network is to be asked about next.</summary>
    public int Timestep => Timesteps[StepsDone];

    /// <summary>The latest estimate of the clean latent; zeros before the first step.</summary>
    public ReadOnlySpan<float> CleanEstimate => _clean;

    /// <summary>The level that the last step ends on.</summary>
    protected abstract NoiseLevel FinalLevel { get; }

    /// <summary>One step: moves <paramref name="sample"/> to the next noise level.</summary>
    /// <param name="output">The network's output at <see cref="Timestep"/>, after guidance.</param>
    public void Step(ReadOnlySpan<float> output, Span<float> sample)
    {
        var from = schedule[Timestep];
        var to = StepsDone + 1 < Timesteps.Count ? schedule[Timesteps[StepsDone + 1]] : FinalLevel;
        schedule.EstimateClean(sample, output, from, _clean);
        MoveToLevel(sample, _clean, from, to);
        StepsDone++;
    }

    protected abstract void MoveToLevel(Span<float> sample, ReadOnlySpan<float> clean, NoiseLevel from, NoiseLevel to);
}
