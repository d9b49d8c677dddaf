using System.Collections.Frozen;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The names of the beta schedules: how much noise each step of the forward process adds.</summary>
internal static class BetaScheduleNames
{
    /// <summary>A straight line (Ho et al. 2020); diffusion in pixel space.</summary>
    public const string Linear = "linear";

    /// <summary>Squares of a straight line (Rombach et al. 2022); latent diffusion.</summary>
    public const string ScaledLinear = "scaled_linear";

    /// <summary>Squared cosine (Nichol and Dhariwal 2021); small images.</summary>
    public const string SquaredCosine = "squaredcos_cap_v2";

    private static readonly FrozenDictionary<string, Func<SchedulerConfig, double[]>> _byName =
        new Dictionary<string, Func<SchedulerConfig, double[]>>
        {
            [Linear] = config => StraightLine(config.BetaStart, config.BetaEnd, config.NumTrainTimesteps),
            [ScaledLinear] =
                config =>
                    [.. StraightLine(Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd), config.NumTrainTimesteps)
                        .Select(root => root * root)],
            [SquaredCosine] = config => Cosine(config.NumTrainTimesteps),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All => _byName.Keys;

    /// <summary>The betas of all timesteps.</summary>
    public static double[] ComputeBetas(SchedulerConfig config) => _byName[config.BetaSchedule](config);

    private static double[] StraightLine(double start, double end, int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = count == 1 ? start : start + ((end - start) * i / (count - 1));
        return values;
    }

    private static double[] Cosine(int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = Math.Min(1 - (AlphaBar((i + 1.0) / count) / AlphaBar((double)i / count)), 0.999);
        return values;

        static double AlphaBar(double t)
        {
            var cosine = Math.Cos((t + 0.008) / 1.008 * Math.PI / 2);
            return cosine * cosine;
        }
    }
}
