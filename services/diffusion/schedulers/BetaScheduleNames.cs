using System.Collections.Frozen;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>A class's betas where a config says nothing, and the schedules that it knows.</summary>
internal sealed record BetaDefaults(double Start, double End, string Schedule, IReadOnlyCollection<string> Known)
{
    /// <summary>Those of most classes (Ho et al. 2020).</summary>
    public static BetaDefaults Usual { get; } = new(0.0001, 0.02, BetaScheduleNames.Linear, BetaScheduleNames.Usual);

    /// <summary>Those of latent diffusion's range.</summary>
    public static BetaDefaults Latent { get; } = Usual with { Start = 0.00085, End = 0.012 };
}

/// <summary>How much noise each step of the forward process adds, by name.</summary>
internal static class BetaScheduleNames
{
    /// <summary>A straight line (Ho et al. 2020).</summary>
    public const string Linear = "linear";

    /// <summary>Squares of a straight line; latent diffusion (Rombach et al. 2022).</summary>
    public const string ScaledLinear = "scaled_linear";

    /// <summary>Squared cosine (Nichol and Dhariwal 2021, equation 17).</summary>
    public const string SquaredCosine = "squaredcos_cap_v2";

    /// <summary>A sigmoid between start and end (Xu et al. 2022, GeoDiff). DDPM.</summary>
    public const string Sigmoid = "sigmoid";

    /// <summary>An exponential decay of the signal. Heun.</summary>
    public const string Exponential = "exp";

    private static readonly FrozenDictionary<string, Func<double, double, int, double[]>> _byName =
        new Dictionary<string, Func<double, double, int, double[]>>
        {
            [Linear] = StraightLine,
            [ScaledLinear] = (start, end, count) => [.. StraightLine(Math.Sqrt(start), Math.Sqrt(end), count).Select(root => root * root)],
            [SquaredCosine] = (_, _, count) => FromSignal(count, t => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2), 2)),
            [Sigmoid] = (start, end, count) =>
                [.. StraightLine(-6, 6, count).Select(x => ((end - start) / (1 + Math.Exp(-x))) + start)],
            [Exponential] = (_, _, count) => FromSignal(count, t => Math.Exp(t * -12)),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Those that every class knows.</summary>
    public static IReadOnlyCollection<string> Usual { get; } = [Linear, ScaledLinear, SquaredCosine];

    /// <summary>The betas of a config: a list of its own, or a schedule.</summary>
    public static double[] ReadBetas(SchedulerSettings settings, BetaDefaults defaults, int count)
    {
        if (settings.ReadNumbers("trained_betas") is { } trained)
        {
            settings.Acknowledge("beta_start", "beta_end", "beta_schedule");
            return trained.Length > 0 ? trained : throw settings.Refuse("trained_betas", "is empty");
        }
        return _byName[settings.ReadChoice("beta_schedule", defaults.Schedule, defaults.Known)](
            settings.ReadNumber("beta_start", defaults.Start), settings.ReadNumber("beta_end", defaults.End), count);
    }

    private static double[] StraightLine(double start, double end, int count) =>
        [.. Enumerable.Range(0, count).Select(i => count == 1 ? start : start + ((end - start) * i / (count - 1)))];

    // beta(t) = 1 - ā(t + 1) / ā(t), at most 0.999.
    private static double[] FromSignal(int count, Func<double, double> alphaBar) =>
        [.. Enumerable.Range(0, count).Select(i => Math.Min(1 - (alphaBar((i + 1.0) / count) / alphaBar((double)i / count)), 0.999))];
}
