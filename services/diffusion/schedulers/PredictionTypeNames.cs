using System.Collections.Frozen;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>What a network's output says of a sample x = a x0 + s n with signal a and noise s.</summary>
/// <param name="Clean">(x, output, a, s) to the clean sample x0.</param>
/// <param name="Noise">(x, output, a, s) to the noise n.</param>
internal sealed record PredictionType(Func<float, float, float, float, float> Clean, Func<float, float, float, float, float> Noise);

/// <summary>What the network's output means, by name; x = a x0 + s n with signal a and noise s, a² + s² = 1.</summary>
internal static class PredictionTypeNames
{
    /// <summary>The noise n.</summary>
    public const string Epsilon = "epsilon";

    /// <summary>v = a n - s x0 (Salimans and Ho 2022).</summary>
    public const string Velocity = "v_prediction";

    /// <summary>The clean sample x0.</summary>
    public const string Sample = "sample";

    /// <summary>An older name of <see cref="Sample"/> that Euler knows.</summary>
    public const string OriginalSample = "original_sample";

    private static readonly PredictionType _sampleItself = new((_, output, _, _) => output, (x, output, a, s) => (x - (a * output)) / s);

    private static readonly FrozenDictionary<string, PredictionType> _byName = new Dictionary<string, PredictionType>
    {
        [Epsilon] = new((x, output, a, s) => (x - (s * output)) / a, (_, output, _, _) => output),
        [Velocity] = new((x, output, a, s) => (a * x) - (s * output), (x, output, a, s) => (a * output) + (s * x)),
        [Sample] = _sampleItself,
        [OriginalSample] = _sampleItself,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Those that most classes know.</summary>
    public static IReadOnlyCollection<string> Usual { get; } = [Epsilon, Velocity, Sample];

    /// <summary>Reads <c>prediction_type</c>.</summary>
    public static PredictionType Read(SchedulerSettings settings, IReadOnlyCollection<string>? known = null) =>
        _byName[settings.ReadChoice("prediction_type", Epsilon, known ?? Usual)];
}
