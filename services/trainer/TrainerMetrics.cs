using System.Diagnostics;
using System.Diagnostics.Metrics;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Runs;

namespace SynCxr.Mesh.Trainer;

internal static class TrainerMetrics
{
    private const string Name = "SynCxr.Mesh.Trainer";
    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Runs = Meter.CreateCounter<long>("syncxr.trainer.runs",
        description: "Training runs by how they ended.");
    private static readonly Counter<long> Skipped = Meter.CreateCounter<long>("syncxr.trainer.skipped_steps",
        description: "Steps skipped for a gradient that is not finite.");

    public static Activity? StartRun(TrainingPlan plan) =>
        Source.StartActivity("trainer.train")?.SetTag("recipe", plan.Recipe).SetTag("preset", plan.Preset);

    public static void RecordEnd(JobView<TrainingStatus> run)
    {
        Runs.Add(1, new KeyValuePair<string, object?>("state", run.Row.Stage.ToString()));
        Skipped.Add(run.Status.Progress?.Skipped ?? 0);
    }
}
