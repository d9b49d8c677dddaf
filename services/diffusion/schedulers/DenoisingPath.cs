namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>One picture's way through its timesteps.</summary>
internal abstract class DenoisingPath(NoiseSchedule schedule, int steps, int size)
{
    private readonly float[] _clean = new float[size];

    /// <summary>Noisiest first.</summary>
    public IReadOnlyList<int> Timesteps { get; } = TimestepSpacings.Make(schedule.Config, steps);

    /// <summary>Steps done so far.</summary>
    public int Done { get; private set; }

    public bool Finished => Done == Timesteps.Count;

    /// <summary>The timestep that the network is to be asked about next.</summary>
    public int Timestep => Timesteps[Done];

    /// <summary>The latest estimate of the clean latent; zeros before the first step.</summary>
    public ReadOnlySpan<float> Clean => _clean;

    /// <summary>The level that the last step ends on.</summary>
    protected abstract NoiseLevel End { get; }

    /// <summary>One step: moves <paramref name="sample"/> to the next noise level.</summary>
    /// <param name="output">The network's output at <see cref="Timestep"/>, after guidance.</param>
    public void Advance(ReadOnlySpan<float> output, Span<float> sample)
    {
        var from = schedule[Timestep];
        var to = Done + 1 < Timesteps.Count ? schedule[Timesteps[Done + 1]] : End;
        schedule.ToClean(sample, output, from, _clean);
        Move(sample, _clean, from, to);
        Done++;
    }

    protected abstract void Move(Span<float> sample, ReadOnlySpan<float> clean, NoiseLevel from, NoiseLevel to);
}
