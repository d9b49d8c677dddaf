using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Commands.Model;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>
/// <c>evaluate</c>: what an image–text model makes of any folder of radiographs, as a table, as files and as one JSON object.
/// </summary>
internal static class EvaluateCommand
{
    private static readonly Option<string> ModelOption = new("--model")
    {
        Description = "Name of a shipped model, of one trained in the state folder, or a folder.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> TaskOption = new("--task")
    {
        Description = "zero-shot, grounding, fine-tune, segmentation or distribution.",
        DefaultValueFactory = _ => EvaluationSpecFactory.ZeroShot,
    };
    private static readonly Option<string> AgainstOption = new("--against")
    {
        Description = "Zero-shot: a second model, compared on the same pictures.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string[]> FindingOption = new("--finding")
    {
        Description = "Finding to measure, as the data labels it. May be given many times. Default: all.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<ulong> SeedOption = new("--seed")
    {
        Description = "Seed of splits, weights and intervals.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<FileInfo?> SpecOption = new("--spec")
    {
        Description = "YAML with further fields of the task's spec: `resamples: 200`.",
    };
    private static readonly Option<DirectoryInfo?> OutOption = new("--out")
    {
        Description = "Folder for report.json, figures.md, plots and tables. Default: none, the table is printed.",
    };

    public static Command Build()
    {
        var command = new Command("evaluate", "Measure an image-text model on radiographs.") { ModelOption, TaskOption, AgainstOption, FindingOption, SeedOption,
            SpecOption, OutOption };
        foreach (var option in EvaluationDataOptions.Options)
            command.Add(option);
        return command.WithAction(RunAsync);
    }

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var asked = new EvaluationSpecFactory.Arguments(ResolveModel(parsed, ModelOption), ResolveModel(parsed, AgainstOption),
            parsed.GetValue(FindingOption) ?? [], parsed.GetValue(SeedOption), parsed.GetValue(SpecOption));
        var spec = await EvaluationSpecFactory.CreateAsync(parsed.GetValue(TaskOption)!, asked, parsed, cancellation);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new EvaluatorService.EvaluatorServiceClient(mesh.Invoker);
        var created = await client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }, cancellationToken: cancellation);
        var evaluation = await EvaluationWatcher.FollowOrCancelAsync(client, created.Evaluation.Name, cancellation);
        if (evaluation.State != EvaluationState.Succeeded)
            throw EvaluationWatcher.ToException(evaluation);
        EvaluationWatcher.PrintFigures(json, evaluation);
        if (parsed.GetValue(OutOption) is { } folder)
            await EvaluationWatcher.WriteArtifactsAsync(client, evaluation, folder.FullName, json, cancellation);
        return (ExitCodes.Ok, ToJson(evaluation));
    }

    private static JsonObject ToJson(Evaluation evaluation) => new()
    {
        ["evaluation"] = evaluation.Name,
        ["models"] = EvaluationTable.ModelsToJson(evaluation),
        ["notes"] = EvaluationTable.NotesToJson(evaluation),
        ["results"] = EvaluationTable.FiguresToJson(evaluation),
    };

    /// <summary>A name stays a name; what is a folder here is named by its whole path.</summary>
    private static string ResolveModel(ParseResult parsed, Option<string> option)
    {
        var name = parsed.GetValue(option)!;
        if (name.Length == 0)
            return "";
        return ModelFolderCommands.FindModel(parsed, name) is { } found ? found.Path : name;
    }
}
