using System.Text.Json;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>The keys of <c>scheduler/scheduler_config.json</c> in a diffusers folder; names and defaults are those of diffusers.</summary>
internal sealed record SchedulerConfig
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Steps of the forward process.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    public double BetaStart { get; init; } = 0.0001;

    public double BetaEnd { get; init; } = 0.02;

    /// <summary>linear, scaled_linear or squaredcos_cap_v2.</summary>
    public string BetaSchedule { get; init; } = "linear";

    /// <summary>epsilon, v_prediction or sample.</summary>
    public string PredictionType { get; init; } = "epsilon";

    /// <summary>leading, trailing or linspace.</summary>
    public string TimestepSpacing { get; init; } = "leading";

    /// <summary>Added to each timestep with leading spacing.</summary>
    public int StepsOffset { get; init; }

    /// <summary>True: the last step ends on the clean sample; false: on the noise level of timestep 0. DDIM only.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>Rescales the betas so that the last timestep holds no signal (Lin et al. 2024).</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>Clips each estimate of the clean sample; pixel-space models only.</summary>
    public bool ClipSample { get; init; }

    public double ClipSampleRange { get; init; } = 1;

    /// <summary>Dynamic thresholding, which is not supported.</summary>
    public bool Thresholding { get; init; }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="InvalidDataException">Names the file and the key.</exception>
    public static SchedulerConfig Read(string path)
    {
        SchedulerConfig config;
        try
        {
            config = JsonSerializer.Deserialize<SchedulerConfig>(File.ReadAllBytes(path), _json)
                ?? throw new InvalidDataException($"{path}: The file must hold a JSON object, not null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
        return config.FindProblem() is { } problem ? throw new InvalidDataException($"{path}: {problem}") : config;
    }

    /// <summary>A sentence on the first key that is wrong; null if there is none.</summary>
    public string? FindProblem()
    {
        if (NumTrainTimesteps < 1)
            return "num_train_timesteps must be 1 or more.";
        if (!BetaScheduleNames.All.Contains(BetaSchedule))
            return $"beta_schedule '{BetaSchedule}' must be one of {string.Join(", ", BetaScheduleNames.All)}.";
        if (!PredictionTypeNames.All.Contains(PredictionType))
            return $"prediction_type '{PredictionType}' must be one of {string.Join(", ", PredictionTypeNames.All)}.";
        if (!TimestepSpacingNames.All.Contains(TimestepSpacing))
            return $"timestep_spacing '{TimestepSpacing}' must be one of {string.Join(", ", TimestepSpacingNames.All)}.";
        if (RescaleBetasZeroSnr && PredictionType == PredictionTypeNames.Epsilon)
            return "rescale_betas_zero_snr needs prediction_type v_prediction or sample: its last timestep holds no signal, "
                + "so the noise says nothing about the sample.";
        return Thresholding ? "thresholding is for models in pixel space and is not supported." : null;
    }
}
