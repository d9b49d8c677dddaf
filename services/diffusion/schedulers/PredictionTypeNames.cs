using System.Collections.Frozen;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The names of what a network predicts; x = a x0 + s n with signal a and noise s, a² + s² = 1.</summary>
internal static class PredictionTypeNames
{
    /// <summary>The noise n.</summary>
    public const string Epsilon = "epsilon";

    /// <summary>v = a n - s x0 (Salimans and Ho 2022).</summary>
    public const string Velocity = "v_prediction";

    /// <summary>The clean sample x0.</summary>
    public const string Sample = "sample";

    // (x, output, a, s) -> x0
    private static readonly FrozenDictionary<string, Func<float, float, float, float, float>> _byName =
        new Dictionary<string, Func<float, float, float, float, float>>
        {
            [Epsilon] = (x, output, a, s) => (x - (s * output)) / a,
            [Velocity] = (x, output, a, s) => (a * x) - (s * output),
            [Sample] = (_, output, _, _) => output,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All => _byName.Keys;

    /// <summary>The function that turns an output into the estimate of the clean sample.</summary>
    public static Func<float, float, float, float, float> CleanEstimator(string name) => _byName[name];
}
