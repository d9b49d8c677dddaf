using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
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
        run.Progress is { } p ? string.Create(CultureInfo.InvariantCulture, $"{p.Phase} {p.Step} of {p.Steps}") : "";

    public static void Print(bool json, TrainingRun run)
    {
        var p = run.Progress;
        ConsoleWriter.WriteTable(json, run.Name, ["", ""],
        [
            ["state", run.State + (run.Error.Length > 0 ? ": " + run.Error : "")],
            ["recipe", $"{run.Spec.Recipe}, preset {run.Spec.Preset}, seed {run.Spec.Seed}"],
            .. OptionalRow("cause", run.Cause),
            .. OptionalRow("step", FormatStep(run)),
            .. p is { LearningRate: > 0 } ? ProgressRows(p) : [],
            .. OptionalRow("model", run.ModelFolder),
            .. OptionalRow("digest", run.ModelDigest),
        ]);
    }

    public static JsonObject ToJson(TrainingRun run) => new()
    {
        ["name"] = run.Name,
        ["state"] = run.State.ToString().ToUpperInvariant(),
        ["recipe"] = run.Spec.Recipe,
        ["preset"] = run.Spec.Preset,
        ["model_name"] = run.Spec.ModelName,
        ["cause"] = run.Cause,
        ["error"] = run.Error,
        ["model_folder"] = run.ModelFolder,
        ["model_digest"] = run.ModelDigest,
        ["progress"] = run.Progress is { } p ? ToJson(p) : null,
        ["create_time"] = run.CreateTime.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
        ["end_time"] = run.EndTime?.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
    };

    public static JsonObject ToJson(CurvePoint point) => new()
    {
        ["phase"] = point.Phase,
        ["step"] = point.Step,
        ["loss"] = FiniteOrNull(point.Loss),
        ["validation_loss"] = point.HasValidationLoss ? FiniteOrNull(point.ValidationLoss) : null,
        ["learning_rate"] = point.LearningRate,
        ["skipped_steps"] = point.SkippedSteps,
    };

    private static JsonObject ToJson(TrainingProgress p) => new()
    {
        ["phase"] = p.Phase,
        ["step"] = p.Step,
        ["steps"] = p.Steps,
        ["loss"] = FiniteOrNull(p.Loss),
        ["validation_loss"] = p.HasValidationLoss ? FiniteOrNull(p.ValidationLoss) : null,
        ["learning_rate"] = p.LearningRate,
        ["samples_per_second"] = p.SamplesPerSecond,
        ["eta_seconds"] = p.EtaSeconds,
        ["skipped_steps"] = p.SkippedSteps,
    };

    private static IEnumerable<string[]> ProgressRows(TrainingProgress p) =>
    [
        ["loss", p.Loss.ToString("0.0000", CultureInfo.InvariantCulture)],
        .. OptionalRow("validation loss",
            p.HasValidationLoss ? p.ValidationLoss.ToString("0.0000", CultureInfo.InvariantCulture) : ""),
        ["learning rate", p.LearningRate.ToString("0.######", CultureInfo.InvariantCulture)],
        ["samples per second", p.SamplesPerSecond.ToString("0.0", CultureInfo.InvariantCulture)],
        ["left in this phase", TimeSpan.FromSeconds(p.EtaSeconds).ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture)],
        ["skipped steps", $"{p.SkippedSteps}"],
    ];

    private static IEnumerable<string[]> OptionalRow(string name, string value) => value.Length > 0 ? [[name, value]] : [];

    /// <summary>JSON has no word for a loss before the first step.</summary>
    private static double? FiniteOrNull(double value) => double.IsFinite(value) ? value : null;
}
