using System.Collections.Frozen;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>A sampling method: leads from noise to the clean sample in a number of denoising steps.</summary>
internal interface IScheduler
{
    /// <summary>One of <see cref="SchedulerNames"/>; requests and model cards choose by it.</summary>
    string Name { get; }

    /// <summary>Starts the path of one image.</summary>
    /// <param name="schedule">The model's forward process.</param>
    /// <param name="steps">Denoising steps, 1 to the model's training timesteps.</param>
    /// <param name="size">Number of elements of the latent.</param>
    DenoisingPath CreatePath(ForwardProcess schedule, int steps, int size);
}

/// <summary>The names of the schedulers.</summary>
internal static class SchedulerNames
{
    /// <summary>First order, without memory: the reference method, for 30 steps or more.</summary>
    public const string Ddim = "ddim";

    /// <summary>Second order, from the last two estimates: as good in half the steps; the default.</summary>
    public const string DpmSolver = "dpm-solver++";

    private static readonly FrozenDictionary<string, IScheduler> _byName =
        new IScheduler[] { new DdimScheduler(), new DpmSolverScheduler() }.ToFrozenDictionary(scheduler => scheduler.Name,
            StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All => _byName.Keys;

    /// <summary>The scheduler of that name, or null.</summary>
    public static IScheduler? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The sentence for a name that is unknown.</summary>
    public static string DescribeUnknown(string name) =>
        $"Unknown scheduler '{name}'; it must be one of {string.Join(", ", All.Order(StringComparer.Ordinal))}.";
}
