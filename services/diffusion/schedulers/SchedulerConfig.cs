using System.Text.Json;

namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>What <c>scheduler/scheduler_config.json</c> of a diffusers folder says; names and defaults are those of diffusers.</summary>
internal sealed record SchedulerConfig
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

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

    /// <summary>Added to each timestep of leading spacing.</summary>
    public int StepsOffset { get; init; }

    /// <summary>True: the last step ends on the clean sample; false: on the noise level of timestep 0. DDIM only.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>Rescales the betas so that the last timestep holds no signal (Lin et al. 2024).</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>Clips each estimate of the clean sample; pixel-space models only.</summary>
    public bool ClipSample { get; init; }

    public double ClipSampleRange { get; init; } = 1;

    /// <summary>Dynamic thresholding; refused.</summary>
    public bool Thresholding { get; init; }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="InvalidDataException">Names the file and the key.</exception>
    public static SchedulerConfig Read(string path)
    {
        SchedulerConfig config;
        try
        {
            config = JsonSerializer.Deserialize<SchedulerConfig>(File.ReadAllBytes(path), s_json)
                ?? throw new InvalidDataException($"{path}: is null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
        return config.FindProblem() is { } problem ? throw new InvalidDataException($"{path}: {problem}") : config;
    }

    /// <summary>What is wrong, or null.</summary>
    public string? FindProblem()
    {
        if (NumTrainTimesteps < 1)
            return "num_train_timesteps must be above 0";
        if (!BetaScheduleNames.All.Contains(BetaSchedule))
            return $"beta_schedule '{BetaSchedule}' is not one of {string.Join(", ", BetaScheduleNames.All)}";
        if (!PredictionTypeNames.All.Contains(PredictionType))
            return $"prediction_type '{PredictionType}' is not one of {string.Join(", ", PredictionTypeNames.All)}";
        if (!TimestepSpacingNames.All.Contains(TimestepSpacing))
            return $"timestep_spacing '{TimestepSpacing}' is not one of {string.Join(", ", TimestepSpacingNames.All)}";
        if (RescaleBetasZeroSnr && PredictionType == PredictionTypeNames.Epsilon)
            return "rescale_betas_zero_snr needs prediction_type v_prediction or sample: without signal the noise tells nothing of the "
                + "sample";
        return Thresholding ? "thresholding is for pixel-space models and is not supported" : null;
    }
}
