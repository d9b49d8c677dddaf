using System.Collections.Frozen;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>A way from noise to picture.</summary>
internal interface IScheduler
{
    /// <summary>The name that requests and model cards pick it by.</summary>
    string Name { get; }

    /// <summary>Starts a path for one picture.</summary>
    /// <param name="schedule">The model's forward process.</param>
    /// <param name="steps">Denoising steps, 1 to the model's training timesteps.</param>
    /// <param name="size">Elements of the latent.</param>
    DenoisingPath CreatePath(ForwardProcess schedule, int steps, int size);
}

/// <summary>The schedulers by name.</summary>
internal static class SchedulerNames
{
    /// <summary>First order, no memory: the reference; wants 30 steps or more.</summary>
    public const string Ddim = "ddim";

    /// <summary>Second order, two past estimates: as good in half the steps; the default.</summary>
    public const string DpmSolver = "dpm-solver++";

    private static readonly FrozenDictionary<string, IScheduler> s_byName =
        new IScheduler[] { new DdimScheduler(), new DpmSolverScheduler() }.ToFrozenDictionary(scheduler => scheduler.Name,
            StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All => s_byName.Keys;

    /// <summary>The scheduler of that name, or null.</summary>
    public static IScheduler? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>What to say of a name that is not known.</summary>
    public static string DescribeUnknown(string name) => $"'{name}' is not one of {string.Join(", ", All.Order(StringComparer.Ordinal))}";
}
