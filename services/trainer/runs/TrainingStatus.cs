using System.Text.Json;
using System.Text.Json.Serialization;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>Progress and result of a run, stored as JSON in its row.</summary>
internal sealed record TrainingStatus
{
    // NaN: a loss before the first step.
    private static readonly JsonSerializerOptions _json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public LoopProgress? Progress { get; init; }

    public string ModelFolder { get; init; } = "";

    public string ModelDigest { get; init; } = "";

    /// <summary>What a reader should know of the data that it learns from.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The registered reason of a failure; empty unless it has failed.</summary>
    public string FailureReason { get; init; } = "";

    /// <summary>Fields of the spec that were wrong, where that was what it failed of.</summary>
    public IReadOnlyList<string> FailureFields { get; init; } = [];

    public static TrainingStatus FromJson(string json) =>
        json.Length == 0 ? new TrainingStatus() : JsonSerializer.Deserialize<TrainingStatus>(json, _json)
            ?? throw new InvalidDataException("the stored status of the run is null");

    public string ToJson() => JsonSerializer.Serialize(this, _json);
}
