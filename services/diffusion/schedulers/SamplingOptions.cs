namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// What a caller can set and a scheduler's config does not hold; null is the class's default. A class refuses an option that it doesn't
/// take.
/// </summary>
internal sealed record SamplingOptions
{
    /// <summary>Nothing set.</summary>
    public static SamplingOptions None { get; } = new();

    /// <summary>Share of DDPM's noise that is added at each step, 0 (default) to 1 (Song et al. 2021, equation 16). DDIM.</summary>
    public double? Eta { get; init; }

    /// <summary>Derives the noise again from the clipped estimate of the clean sample; false by default. DDIM.</summary>
    public bool? UseClippedModelOutput { get; init; }

    /// <summary>Timesteps to visit, noisiest first, instead of a number of steps.</summary>
    public IReadOnlyList<double>? Timesteps { get; init; }

    /// <summary>Noise levels to visit, the last one to end on, instead of a number of steps.</summary>
    public IReadOnlyList<double>? Sigmas { get; init; }

    /// <summary>Noise that is put in again at each step (Karras et al. 2022, algorithm 2), 0 by default. Euler.</summary>
    public double? SChurn { get; init; }

    /// <summary>Least noise level at which <see cref="SChurn"/> holds; 0 by default.</summary>
    public double? STmin { get; init; }

    /// <summary>Largest noise level at which <see cref="SChurn"/> holds; infinite by default.</summary>
    public double? STmax { get; init; }

    /// <summary>Standard deviation of the noise that is put in; 1 by default.</summary>
    public double? SNoise { get; init; }

    /// <summary>Past derivatives that a step uses, 4 by default. LMS.</summary>
    public int? Order { get; init; }

    /// <summary>Steps of the distillation, instead of the config's. LCM.</summary>
    public int? OriginalInferenceSteps { get; init; }

    /// <summary>The shift of the timesteps where it depends on the size of the image. Flow matching.</summary>
    public double? Mu { get; init; }

    /// <summary>True where the caller gives the timesteps or noise levels, not a number of steps.</summary>
    public bool HasOwnLevels => Timesteps is not null || Sigmas is not null;

    /// <summary>The options that are set, by the names that a spec gives them.</summary>
    public IEnumerable<string> SetOptions
    {
        get
        {
            (string Name, object? Value)[] all =
            [
                (SamplingOptionNames.Eta, Eta), (SamplingOptionNames.UseClippedModelOutput, UseClippedModelOutput),
                (SamplingOptionNames.Timesteps, Timesteps), (SamplingOptionNames.Sigmas, Sigmas), (SamplingOptionNames.SChurn, SChurn),
                (SamplingOptionNames.STmin, STmin), (SamplingOptionNames.STmax, STmax), (SamplingOptionNames.SNoise, SNoise),
                (SamplingOptionNames.Order, Order), (SamplingOptionNames.OriginalInferenceSteps, OriginalInferenceSteps),
                (SamplingOptionNames.Mu, Mu),
            ];
            return all.Where(option => option.Value is not null).Select(option => option.Name);
        }
    }
}

/// <summary>The options of <see cref="SamplingOptions"/> by the names that diffusers and a spec give them.</summary>
internal static class SamplingOptionNames
{
    /// <summary>Share of DDPM's noise at each step.</summary>
    public const string Eta = "eta";

    /// <summary>Whether the noise is derived again from the clipped sample.</summary>
    public const string UseClippedModelOutput = "use_clipped_model_output";

    /// <summary>Timesteps to visit.</summary>
    public const string Timesteps = "timesteps";

    /// <summary>Noise levels to visit.</summary>
    public const string Sigmas = "sigmas";

    /// <summary>Noise that is put in again.</summary>
    public const string SChurn = "s_churn";

    /// <summary>Least noise level for it.</summary>
    public const string STmin = "s_tmin";

    /// <summary>Largest noise level for it.</summary>
    public const string STmax = "s_tmax";

    /// <summary>Standard deviation of it.</summary>
    public const string SNoise = "s_noise";

    /// <summary>Past derivatives that a step uses.</summary>
    public const string Order = "order";

    /// <summary>Steps of the distillation.</summary>
    public const string OriginalInferenceSteps = "original_inference_steps";

    /// <summary>Shift of the timesteps by the size of the image.</summary>
    public const string Mu = "mu";
}

/// <summary>A scheduler can't sample with what a caller asked for.</summary>
/// <param name="specField">The field of the spec that is wrong.</param>
/// <param name="description">What is wrong with it.</param>
internal sealed class SamplingRefusedException(string specField, string description) : Exception($"{specField}: {description}")
{
    public string Field => specField;

    public string Description => description;
}
