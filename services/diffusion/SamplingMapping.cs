using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.V1;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Maps what a caller sets beyond the scheduler's config from the contract. The answer says what the caller said.</summary>
internal static class SamplingMapping
{
    /// <summary>The scheduler's part; <c>guidance_rescale</c> is none of it.</summary>
    public static SamplingOptions ToOptions(SamplingSettings? settings) => settings is null ? SamplingOptions.None : new SamplingOptions
    {
        Eta = settings.HasEta ? settings.Eta : null,
        UseClippedModelOutput = settings.HasUseClippedModelOutput ? settings.UseClippedModelOutput : null,
        Timesteps = settings.Timesteps.Count > 0 ? [.. settings.Timesteps] : null,
        Sigmas = settings.Sigmas.Count > 0 ? [.. settings.Sigmas] : null,
        SChurn = settings.HasSChurn ? settings.SChurn : null,
        STmin = settings.HasSTmin ? settings.STmin : null,
        STmax = settings.HasSTmax ? settings.STmax : null,
        SNoise = settings.HasSNoise ? settings.SNoise : null,
        Order = settings.HasOrder ? settings.Order : null,
        OriginalInferenceSteps = settings.HasOriginalInferenceSteps ? settings.OriginalInferenceSteps : null,
        Mu = settings.HasMu ? settings.Mu : null,
    };
}
