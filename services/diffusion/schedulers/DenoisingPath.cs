namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The way of one image through its timesteps, from noise to the clean sample.</summary>
internal abstract class DenoisingPath(ForwardProcess schedule, int steps, int size)
{
    private readonly float[] _clean = new float[size];

    /// <summary>The timesteps that the path visits, the noisiest first.</summary>
    public IReadOnlyList<int> Timesteps { get; } = TimestepSpacingNames.ComputeTimesteps(schedule.Config, steps);

    /// <summary>Number of steps done so far.</summary>
    public int StepsDone { get; private set; }

    public bool IsFinished => StepsDone == Timesteps.Count;

    /// <summary>The timestep of the next prediction.</summary>
    public int Timestep => Timesteps[StepsDone];

    /// <summary>The latest estimate of the clean latent; zeros before the first step.</summary>
    public ReadOnlySpan<float> CleanEstimate => _clean;

    /// <summary>The noise level that the last step ends on.</summary>
    protected abstract NoiseLevel FinalLevel { get; }

    /// <summary>Does one step: moves <paramref name="sample"/> to the next noise level.</summary>
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
