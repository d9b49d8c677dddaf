using System.Collections.Frozen;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The schedulers by diffusers' class names, and two aliases.</summary>
internal static class SchedulerNames
{
    /// <summary>First order, no memory: the reference; wants 30 steps or more.</summary>
    public const string Ddim = "DDIMScheduler";

    /// <summary>Stochastic, as trained: hundreds of steps.</summary>
    public const string Ddpm = "DDPMScheduler";

    /// <summary>Fourth order, what Stable Diffusion 1 was published with: 50 steps.</summary>
    public const string Pndm = "PNDMScheduler";

    /// <summary>First order in sigma, what Stable Diffusion XL and Turbo were published with.</summary>
    public const string EulerDiscrete = "EulerDiscreteScheduler";

    /// <summary>Euler with fresh noise at each step: more variety, never settles.</summary>
    public const string EulerAncestralDiscrete = "EulerAncestralDiscreteScheduler";

    /// <summary>Second order, two evaluations a step.</summary>
    public const string HeunDiscrete = "HeunDiscreteScheduler";

    /// <summary>Fourth order in sigma, one evaluation a step.</summary>
    public const string LmsDiscrete = "LMSDiscreteScheduler";

    /// <summary>Second order by midpoints, two evaluations a step.</summary>
    public const string Kdpm2Discrete = "KDPM2DiscreteScheduler";

    /// <summary>The same with fresh noise.</summary>
    public const string Kdpm2AncestralDiscrete = "KDPM2AncestralDiscreteScheduler";

    /// <summary>Second or third order, past estimates: as good as DDIM in half the steps.</summary>
    public const string DpmSolverMultistep = "DPMSolverMultistepScheduler";

    /// <summary>The same without memory across groups of steps: better with strong guidance.</summary>
    public const string DpmSolverSinglestep = "DPMSolverSinglestepScheduler";

    /// <summary>Predictor and corrector: 10 steps or fewer.</summary>
    public const string UniPcMultistep = "UniPCMultistepScheduler";

    /// <summary>Multistep in log rho: 10 to 20 steps.</summary>
    public const string DeisMultistep = "DEISMultistepScheduler";

    /// <summary>For models that were distilled for consistency: 1 to 8 steps.</summary>
    public const string Lcm = "LCMScheduler";

    /// <summary>For models that were trained by flow matching.</summary>
    public const string FlowMatchEuler = "FlowMatchEulerDiscreteScheduler";

    /// <summary>
    /// <see cref="Ddim"/> by the name that specs and cards have given it from the start, the forward process in double precision: data sets
    /// that were sealed with it keep their bytes. Within 1e-4 of the class.
    /// </summary>
    public const string DdimAlias = "ddim";

    /// <summary><see cref="DpmSolverMultistep"/> in the same way.</summary>
    public const string DpmSolverAlias = "dpm-solver++";

    private static readonly FrozenDictionary<string, Func<SchedulerSettings, IScheduler>> _byClass =
        new Dictionary<string, Func<SchedulerSettings, IScheduler>>
        {
            [Ddim] = settings => new DdimScheduler(settings),
            [Ddpm] = settings => new DdpmScheduler(settings),
            [Pndm] = settings => new PndmScheduler(settings),
            [EulerDiscrete] = settings => new EulerDiscreteScheduler(settings),
            [EulerAncestralDiscrete] = settings => new EulerAncestralScheduler(settings),
            [HeunDiscrete] = settings => new HeunDiscreteScheduler(settings),
            [LmsDiscrete] = settings => new LmsDiscreteScheduler(settings),
            [Kdpm2Discrete] = settings => new Kdpm2DiscreteScheduler(settings),
            [Kdpm2AncestralDiscrete] = settings => new Kdpm2AncestralScheduler(settings),
            [DpmSolverMultistep] = settings => new DpmSolverMultistepScheduler(settings),
            [DpmSolverSinglestep] = settings => new DpmSolverSinglestepScheduler(settings),
            [UniPcMultistep] = settings => new UniPcMultistepScheduler(settings),
            [DeisMultistep] = settings => new DeisMultistepScheduler(settings),
            [Lcm] = settings => new LcmScheduler(settings),
            [FlowMatchEuler] = settings => new FlowMatchEulerScheduler(settings),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> _aliases = new Dictionary<string, string>
    {
        [DdimAlias] = Ddim,
        [DpmSolverAlias] = DpmSolverMultistep,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All { get; } = [.. _byClass.Keys, .. _aliases.Keys];

    /// <summary>True for a class's own name.</summary>
    public static bool IsClass(string name) => _byClass.ContainsKey(name);

    /// <summary>True for a class's own name and for an alias.</summary>
    public static bool IsKnown(string name) => _byClass.ContainsKey(name) || _aliases.ContainsKey(name);

    /// <summary>The scheduler of a known name, under a model's config.</summary>
    /// <exception cref="InvalidDataException">The config holds what the class refuses; names file and key.</exception>
    public static IScheduler Create(string name, SchedulerConfig config)
    {
        var isAlias = _aliases.TryGetValue(name, out var aliased);
        var className = isAlias ? aliased! : name;
        return _byClass[className](
            new SchedulerSettings(config, className, isAlias ? ForwardPrecision.Double : ForwardPrecision.Single));
    }

    /// <summary>What to say of a name that is not known.</summary>
    public static string DescribeUnknown(string name) =>
        $"'{EchoedText.Shorten(name)}' is not one of {string.Join(", ", All.Order(StringComparer.Ordinal))}";
}
