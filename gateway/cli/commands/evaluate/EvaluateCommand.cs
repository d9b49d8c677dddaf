using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Commands.Model;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>
/// <c>evaluate</c>: measures an image–text model on a folder of radiographs; prints the figures and writes them as files.
/// </summary>
internal static class EvaluateCommand
{
    private static readonly Option<string> _modelOption = new("--model")
    {
        Description =
            "The model: name of a shipped one, name of one trained in the state folder, or a model folder. Default: the evaluator's.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _taskOption = new("--task")
    {
        Description = "What to measure: zero-shot, grounding, fine-tune, segmentation or distribution.",
        DefaultValueFactory = _ => EvaluationSpecFactory.ZeroShot,
    };
    private static readonly Option<string> _againstOption = new("--against")
    {
        Description = "Zero-shot: a second model to compare on the same images.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string[]> _findingOption = new("--finding")
    {
        Description = "Finding to measure, as the labels of the data name it. Repeat it for several. Default: all.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<ulong> _seedOption = new("--seed")
    {
        Description = "Seed of splits, initial weights and bootstrap intervals.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<FileInfo?> _specOption = new("--spec")
    {
        Description = "YAML file with further fields of the task's spec, such as `resamples: 200`.",
    };
    private static readonly Option<DirectoryInfo?> _outOption = new("--out")
    {
        Description = "Folder for report.json, figures.md, plots and tables. Default: the figures are only printed.",
    };

    public static Command Build()
    {
        var command = new Command("evaluate", "Measure an image-text model on radiographs.")
        {
            _modelOption, _taskOption, _againstOption, _findingOption, _seedOption, _specOption, _outOption,
        };
        foreach (var option in EvaluationDataOptions.Options)
            command.Add(option);
        return command.WithAction(RunAsync);
    }

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var arguments = new EvaluationSpecFactory.Arguments(ResolveModel(parsed, _modelOption), ResolveModel(parsed, _againstOption),
            parsed.GetValue(_findingOption) ?? [], parsed.GetValue(_seedOption), parsed.GetValue(_specOption));
        var spec = await EvaluationSpecFactory.CreateAsync(parsed.GetValue(_taskOption)!, arguments, parsed, cancellation);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new EvaluatorService.EvaluatorServiceClient(mesh.Invoker);
        var created = await client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }, cancellationToken: cancellation);
        var evaluation = await EvaluationWatcher.FollowOrCancelAsync(client, created.Evaluation.Name, cancellation);
        if (evaluation.State != EvaluationState.Succeeded)
            throw EvaluationWatcher.ToException(evaluation);
        EvaluationWatcher.PrintFigures(json, evaluation);
        if (parsed.GetValue(_outOption) is { } folder)
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

    /// <summary>The full path of a model that is found as a folder here; else the name as given, which the mesh may know.</summary>
    private static string ResolveModel(ParseResult parsed, Option<string> option)
    {
        var name = parsed.GetValue(option)!;
        if (name.Length == 0)
            return "";
        return ModelFolderCommands.FindModel(parsed, name) is { } found ? found.Path : name;
    }
}
