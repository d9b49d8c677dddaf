using Google.Protobuf.Collections;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>Checks what any scheduler wants of the sampling settings; what a class takes, the class says itself.</summary>
internal static class SamplingSettingsValidator
{
    /// <summary>Past derivatives of LMS: the cost of a step grows with the third power of them.</summary>
    private const int MaxOrder = 10;

    private const string Field = "spec.sampling";

    /// <param name="trainTimesteps">Timesteps of the model's forward process.</param>
    /// <param name="maxSteps">Most denoising steps.</param>
    public static void Check(List<FieldViolation> problems, SamplingSettings settings, int trainTimesteps, int maxSteps)
    {
        if (settings.HasEta)
            CheckRange(SamplingOptionNames.Eta, settings.Eta, 0, 1);
        if (settings.HasGuidanceRescale)
            CheckRange("guidance_rescale", settings.GuidanceRescale, 0, 1);
        if (settings.HasSChurn)
            CheckRange(SamplingOptionNames.SChurn, settings.SChurn, 0, float.MaxValue);
        if (settings.HasSTmin)
            CheckRange(SamplingOptionNames.STmin, settings.STmin, 0, float.MaxValue);
        if (settings.HasSTmax)
            CheckRange(SamplingOptionNames.STmax, settings.STmax, 0, float.MaxValue);
        if (settings.HasSNoise)
            CheckRange(SamplingOptionNames.SNoise, settings.SNoise, 0, float.MaxValue);
        if (settings.HasMu)
            CheckRange(SamplingOptionNames.Mu, settings.Mu, float.MinValue, float.MaxValue);
        if (settings.HasOrder)
            CheckRange(SamplingOptionNames.Order, settings.Order, 1, MaxOrder);
        if (settings is { Timesteps.Count: > 0, Sigmas.Count: > 0 })
            Refuse(SamplingOptionNames.Sigmas, "The sigmas exclude timesteps; give one of the two lists.");
        if (settings.Timesteps.Count > maxSteps)
            Refuse(SamplingOptionNames.Timesteps, $"There may be at most {maxSteps} timesteps, not {settings.Timesteps.Count}.");
        else if (!settings.Timesteps.All(timestep => timestep >= 0 && timestep < trainTimesteps) || !IsFalling(settings.Timesteps))
            Refuse(SamplingOptionNames.Timesteps,
                $"The timesteps must be numbers from 0 to {trainTimesteps - 1}, each below the one before.");
        if (settings.Sigmas.Count > maxSteps + 1)
            Refuse(SamplingOptionNames.Sigmas, $"There may be at most {maxSteps + 1} sigmas, not {settings.Sigmas.Count}.");
        else if (!settings.Sigmas.All(sigma => sigma is >= 0 and <= float.MaxValue) || !IsFalling(settings.Sigmas))
            Refuse(SamplingOptionNames.Sigmas, "The sigmas must be finite numbers of at least 0, each below the one before.");

        void CheckRange(string name, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) // Also refuses NaN.
                Refuse(name, most == float.MaxValue
                    ? $"The value must be a finite number{(least == 0 ? " of at least 0" : "")}, not {value}."
                    : $"The value must be a number from {least} to {most}, not {value}.");
        }

        void Refuse(string name, string problem) => problems.Add(new FieldViolation($"{Field}.{name}", problem));
    }

    private static bool IsFalling(RepeatedField<double> values) =>
        Enumerable.Range(1, Math.Max(0, values.Count - 1)).All(i => values[i] < values[i - 1]);
}
