using System.Diagnostics;
using System.Diagnostics.Metrics;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator;

/// <summary>Spans and metrics of the evaluator.</summary>
internal sealed class EvaluatorMetrics
{
    public const string Name = "SynCxr.Mesh.Evaluator";

    private static readonly ActivitySource _source = new(Name);
    private readonly Counter<long> _evaluations;

    public EvaluatorMetrics(IMeterFactory meters) => _evaluations = meters.Create(Name).CreateCounter<long>(
        "syncxr.evaluator.evaluations", description: "Evaluations by task and how they ended.");

    public static Activity? StartEvaluation(EvaluationSpec spec) =>
        _source.StartActivity("evaluator.evaluate")?.SetTag("task", spec.TaskCase.ToString());

    public void RecordEnd(Evaluation evaluation) => _evaluations.Add(
        1,
        new KeyValuePair<string, object?>("task", evaluation.Spec.TaskCase.ToString()),
        new KeyValuePair<string, object?>("state", evaluation.State.ToString()));
}
