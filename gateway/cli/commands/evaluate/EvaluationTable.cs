using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>An evaluation as a table for people and as a JSON object for programs.</summary>
internal static class EvaluationTable
{
    public static int ExitCode(Evaluation evaluation) => evaluation.State switch
    {
        EvaluationState.Succeeded => ExitCodes.Ok,
        EvaluationState.Cancelled => ExitCodes.Cancelled,
        _ => ExitCodes.Failed,
    };

    public static void Print(bool json, Evaluation evaluation)
    {
        var error = evaluation.Failure is { } failure ? ": " + failure.Message : "";
        var cause = evaluation.Cause.Length > 0 ? $", started by {evaluation.Cause}" : "";
        var state = StateFormatter.Format(evaluation.State);
        ConsoleWriter.WriteLine(json, $"{evaluation.Name}: {evaluation.Spec.TaskCase}, {state}{error}{cause}");
        if (evaluation.Figures.Count > 0)
            EvaluationWatcher.PrintFigures(json, evaluation);
    }

    public static JsonObject ToJson(Evaluation evaluation) => new()
    {
        ["name"] = evaluation.Name,
        ["state"] = StateFormatter.Format(evaluation.State),
        ["task"] = evaluation.Spec.TaskCase.ToString(),
        ["cause"] = evaluation.Cause,
        ["error"] = evaluation.Failure?.Message ?? "",
        ["models"] = ModelsToJson(evaluation),
        ["notes"] = NotesToJson(evaluation),
        ["results"] = FiguresToJson(evaluation),
        ["create_time"] = evaluation.CreateTime.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
        ["end_time"] = evaluation.EndTime?.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
    };

    public static JsonArray ModelsToJson(Evaluation evaluation) =>
        new([.. evaluation.Models.Select(m => new JsonObject { ["name"] = m.Model, ["digest"] = m.Digest })]);

    public static JsonArray NotesToJson(Evaluation evaluation) => new([.. evaluation.Notes.Select(n => (JsonNode)n)]);

    public static JsonArray FiguresToJson(Evaluation evaluation) => new([.. evaluation.Figures.Select(f => new JsonObject
    {
        ["task"] = f.Task,
        ["finding"] = f.Finding,
        ["metric"] = f.Metric,
        ["value"] = f.Value,
        ["low"] = f.HasLow ? f.Low : null,
        ["high"] = f.HasHigh ? f.High : null,
        ["n"] = f.N,
    })]);
}
