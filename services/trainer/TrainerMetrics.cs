using System.Diagnostics;
using System.Diagnostics.Metrics;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Runs;

namespace SynCxr.Mesh.Trainer;

/// <summary>Spans and metrics of the trainer.</summary>
internal sealed class TrainerMetrics
{
    public const string Name = "SynCxr.Mesh.Trainer";

    private static readonly ActivitySource _source = new(Name);
    private readonly Counter<long> _runs;
    private readonly Counter<long> _skippedSteps;

    public TrainerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _runs = meter.CreateCounter<long>("syncxr.trainer.runs", description: "Training runs by how they ended.");
        _skippedSteps = meter.CreateCounter<long>(
            "syncxr.trainer.skipped_steps", description: "Training steps skipped because their gradient was not finite.");
    }

    public static Activity? StartRun(TrainingPlan plan) =>
        _source.StartActivity("trainer.train")?.SetTag("recipe", plan.Recipe).SetTag("preset", plan.Preset);

    public void RecordEnd(JobView<TrainingStatus> run)
    {
        _runs.Add(1, new KeyValuePair<string, object?>("state", run.Row.Stage.ToString()));
        _skippedSteps.Add(run.Status.Progress?.Skipped ?? 0);
    }
}
