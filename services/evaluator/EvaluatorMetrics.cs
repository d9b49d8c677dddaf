using System.Diagnostics;
using System.Diagnostics.Metrics;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator;

internal static class EvaluatorMetrics
{
    private const string Name = "SynCxr.Mesh.Evaluator";
    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Evaluations = Meter.CreateCounter<long>("syncxr.evaluator.evaluations",
        description: "Evaluations by task and how they ended.");

    public static Activity? StartEvaluation(EvaluationSpec spec) =>
        Source.StartActivity("evaluator.evaluate")?.SetTag("task", spec.TaskCase.ToString());

    public static void RecordEnd(Evaluation evaluation) => Evaluations.Add(
        1,
        new KeyValuePair<string, object?>("task", evaluation.Spec.TaskCase.ToString()),
        new KeyValuePair<string, object?>("state", evaluation.State.ToString()));
}
