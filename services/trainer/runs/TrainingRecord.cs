using System.Text.Json;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Recipes;

namespace SynCxr.Mesh.Trainer.Runs;

internal enum RunState
{
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>A training run as it is kept: <c>trainings/{id}.json</c> in the state folder.</summary>
internal sealed record TrainingRecord(string Id, string Tenant, string RequestId, TrainingPlan Plan, RunState State, DateTimeOffset CreateTime)
{
    public DateTimeOffset? EndTime { get; init; }

    public string ModelFolder { get; init; } = "";

    public string ModelDigest { get; init; } = "";

    public string Error { get; init; } = "";

    public LoopProgress? Progress { get; init; }

    public bool HasEnded => State is RunState.Succeeded or RunState.Failed or RunState.Cancelled;

    /// <summary>Two runs of one plan share checkpoints: the second goes on where the first one stopped.</summary>
    public string PlanText => JsonSerializer.Serialize(Plan);
}
