using System.Collections.Frozen;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The names of the ways to choose the timesteps that a short run visits (Lin et al. 2024, table 2).</summary>
internal static class TimestepSpacingNames
{
    /// <summary>Multiples of the stride from 0, plus <c>steps_offset</c>; it never starts at the noisiest timestep.</summary>
    public const string Leading = "leading";

    /// <summary>Strides back from the noisiest timestep; for models whose last timestep holds no signal.</summary>
    public const string Trailing = "trailing";

    /// <summary>Evenly spaced from 0 to the noisiest timestep, both included.</summary>
    public const string Linspace = "linspace";

    private static readonly FrozenDictionary<string, Func<SchedulerConfig, int, int, double>> _byName =
        new Dictionary<string, Func<SchedulerConfig, int, int, double>>
        {
            [Leading] = (config, steps, i) => ((steps - 1 - i) * (config.NumTrainTimesteps / steps)) + LeadingOffset(config, steps),
            [Trailing] = (config, steps, i) => Math.Round(config.NumTrainTimesteps - (i * (double)config.NumTrainTimesteps / steps)) - 1,
            [Linspace] = (config, steps, i) => steps == 1
                ? 0 : Math.Round((steps - 1 - i) * (config.NumTrainTimesteps - 1.0) / (steps - 1)),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All => _byName.Keys;

    /// <summary>The timesteps, noisiest first.</summary>
    /// <param name="steps">1 to <see cref="SchedulerConfig.NumTrainTimesteps"/>.</param>
    public static int[] ComputeTimesteps(SchedulerConfig config, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, config.NumTrainTimesteps);
        var timestepOf = _byName[config.TimestepSpacing];
        var timesteps = new int[steps];
        for (var i = 0; i < steps; i++)
            timesteps[i] = (int)timestepOf(config, steps, i);
        return timesteps;
    }

    // With nearly as many steps as timesteps, the whole offset would lead beyond the last timestep.
    private static int LeadingOffset(SchedulerConfig config, int steps) =>
        Math.Min(config.StepsOffset, config.NumTrainTimesteps - 1 - ((steps - 1) * (config.NumTrainTimesteps / steps)));
}
