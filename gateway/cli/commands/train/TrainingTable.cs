using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Commands.Train;

/// <summary>A training as a table for people and as a JSON object for programs.</summary>
internal static class TrainingTable
{
    public static int ExitCode(TrainingRun run) => run.State switch
    {
        TrainingState.Succeeded => ExitCodes.Ok,
        TrainingState.Cancelled => ExitCodes.Cancelled,
        _ => ExitCodes.Failed,
    };

    public static string FormatStep(TrainingRun run) =>
        run.Progress is { } p ? string.Create(CultureInfo.InvariantCulture, $"{p.Activity} {p.Done} of {p.Total}") : "";

    public static void Print(bool json, TrainingRun run)
    {
        ConsoleWriter.WriteTable(json, run.Name, ["", ""],
        [
            ["state", StateFormatter.Format(run.State) + (run.Failure is { } failure ? ": " + failure.Message : "")],
            ["recipe", $"{run.Spec.Recipe}, preset {run.Spec.Preset}, seed {run.Spec.Seed}"],
            .. OptionalRow("cause", run.Cause),
            .. run.Notes.Select(n => (string[])["note", n]),
            .. OptionalRow("step", FormatStep(run)),
            .. run.Statistics is { LearningRate: > 0 } s ? ProgressRows(run.Progress, s) : [],
            .. OptionalRow("model", run.ModelFolder),
            .. OptionalRow("digest", run.ModelDigest),
        ]);
    }

    public static JsonObject ToJson(TrainingRun run) => new()
    {
        ["name"] = run.Name,
        ["state"] = StateFormatter.Format(run.State),
        ["recipe"] = run.Spec.Recipe,
        ["preset"] = run.Spec.Preset,
        ["model_name"] = run.Spec.ModelName,
        ["cause"] = run.Cause,
        ["notes"] = new JsonArray([.. run.Notes.Select(n => (JsonNode)n)]),
        ["error"] = run.Failure?.Message ?? "",
        ["model_folder"] = run.ModelFolder,
        ["model_digest"] = run.ModelDigest,
        ["progress"] = run.Progress is { } p ? ToJson(p, run.Statistics) : null,
        ["create_time"] = run.CreateTime.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
        ["end_time"] = run.EndTime?.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
    };

    public static JsonObject ToJson(CurvePoint point) => new()
    {
        ["phase"] = PhaseName(point.Phase),
        ["step"] = point.Step,
        ["loss"] = FiniteOrNull(point.Loss),
        ["validation_loss"] = point.HasValidationLoss ? FiniteOrNull(point.ValidationLoss) : null,
        ["learning_rate"] = point.LearningRate,
        ["skipped_steps"] = point.SkippedSteps,
    };

    private static JsonObject ToJson(Progress p, TrainingStatistics s) => new()
    {
        ["phase"] = PhaseName(s.Phase),
        ["step"] = p.Done,
        ["steps"] = p.Total,
        ["loss"] = FiniteOrNull(s.Loss),
        ["validation_loss"] = s.HasValidationLoss ? FiniteOrNull(s.ValidationLoss) : null,
        ["learning_rate"] = s.LearningRate,
        ["samples_per_second"] = s.SamplesPerSecond,
        ["eta_seconds"] = p.Remaining?.ToTimeSpan().TotalSeconds ?? 0,
        ["skipped_steps"] = s.SkippedSteps,
    };

    private static IEnumerable<string[]> ProgressRows(Progress p, TrainingStatistics s) =>
    [
        ["loss", s.Loss.ToString("0.0000", CultureInfo.InvariantCulture)],
        .. OptionalRow("validation loss",
            s.HasValidationLoss ? s.ValidationLoss.ToString("0.0000", CultureInfo.InvariantCulture) : ""),
        ["learning rate", s.LearningRate.ToString("0.######", CultureInfo.InvariantCulture)],
        ["samples per second", s.SamplesPerSecond.ToString("0.0", CultureInfo.InvariantCulture)],
        ["left in this phase", (p.Remaining?.ToTimeSpan() ?? TimeSpan.Zero).ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture)],
        ["skipped steps", $"{s.SkippedSteps}"],
    ];

    public static string PhaseName(TrainingPhase phase) => JsonNamingPolicy.SnakeCaseLower.ConvertName(phase.ToString());

    private static IEnumerable<string[]> OptionalRow(string name, string value) => value.Length > 0 ? [[name, value]] : [];

    /// <summary>JSON has no word for a loss before the first step.</summary>
    private static double? FiniteOrNull(double value) => double.IsFinite(value) ? value : null;
}
