namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>What all schedulers share: which options they take, and a rehearsal of every path.</summary>
internal abstract class Scheduler(SchedulerSettings settings) : IScheduler
{
    public string Name => settings.ClassName;

    public IReadOnlyList<string> UnknownKeys => settings.UnknownKeys;

    public virtual int OutputsPerElement => 1;

    /// <summary>Evaluations of the network in a step; the library calls it the order.</summary>
    protected virtual int EvaluationsPerStep => 1;

    /// <summary>Options that the class takes, of <see cref="SamplingOptionNames"/>.</summary>
    protected virtual IReadOnlyCollection<string> TakenOptions => [];

    public DenoisingPath SetTimesteps(int? steps, SamplingOptions sampling, int size, double strength = 1)
    {
        foreach (var option in sampling.SetOptions)
        {
            if (!TakenOptions.Contains(option))
            {
                throw new SamplingRefusedException($"sampling.{option}", TakenOptions.Count == 0
                    ? $"{Name} can't use it: it takes no sampling options."
                    : $"{Name} can't use it; it takes {string.Join(", ", TakenOptions)}.");
            }
        }
        if (sampling.HasOwnLevels == steps is not null)
            throw new SamplingRefusedException("steps", "either steps or sampling.timesteps or sampling.sigmas is wanted");
        if (steps < 1 || sampling.Timesteps is { Count: 0 } || sampling.Sigmas is { Count: < 2 })
            throw new SamplingRefusedException("steps", "at least one step is wanted");
        Rehearse(StartPath(steps, sampling, 1, strength));
        return StartPath(steps, sampling, size, strength);
    }

    protected abstract DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size);

    /// <exception cref="SamplingRefusedException">More steps than that.</exception>
    protected void RequireAtMost(int steps, int most)
    {
        if (steps > most)
            throw new SamplingRefusedException("steps", $"is {steps}; {Name} takes {most} at most with this model's scheduler config");
    }

    /// <summary>A caller's own timesteps, which must be whole and fall.</summary>
    protected double[] RequireFalling(IReadOnlyList<double> timesteps)
    {
        for (var i = 0; i < timesteps.Count; i++)
        {
            if (timesteps[i] != Math.Floor(timesteps[i]) || (i > 0 && timesteps[i] >= timesteps[i - 1]))
                throw new SamplingRefusedException("sampling.timesteps", $"{Name} wants whole timesteps, each below the one before");
        }
        return [.. timesteps];
    }

    private DenoisingPath StartPath(int? steps, SamplingOptions sampling, int size, double strength)
    {
        var path = CreatePath(steps, sampling, size);
        var count = steps ?? sampling.Timesteps?.Count ?? path.Timesteps.Count;
        var taken = Math.Min((int)(count * strength), count);
        if (taken < count)
            path.StartAt(taken == 0 ? path.Timesteps.Count : (count - taken) * EvaluationsPerStep);
        return path;
    }

    // One element, with a network that always says the same: a recurrence that divides by nothing shows here, not at step k of an image.
    private void Rehearse(DenoisingPath path)
    {
        float[] sample = [(float)path.InitNoiseSigma], input = [0];
        if (path.FirstStep > 0 && !path.IsFinished)
            path.AddNoise([0.5f], [0.25f], sample);
        var output = new float[OutputsPerElement];
        output.AsSpan().Fill(0.5f);
        while (!path.IsFinished)
        {
            var (step, timestep) = (path.StepsDone, path.Timestep);
            path.ScaleModelInput(sample, input);
            path.Step(output, sample, static (_, noise) => noise.Fill(0.25f));
            if (!float.IsFinite(sample[0]) || !float.IsFinite(input[0]))
            {
                throw new SamplingRefusedException("steps",
                    $"{Name} with this model's scheduler config gives no finite sample at step {step + 1} of {path.Timesteps.Count}, "
                        + $"timestep {timestep}");
            }
        }
    }
}
