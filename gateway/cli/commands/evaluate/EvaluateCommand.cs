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
        HelpName = "model",
        Description =
            "The model: name of a shipped one, name of one trained in the state folder, or a model folder. "
            + "Segmentation and distribution can do without.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _taskOption = new("--task")
    {
        HelpName = "task",
        Description = "What to measure: zero-shot, grounding, fine-tune, segmentation or distribution.",
        DefaultValueFactory = _ => EvaluationSpecFactory.ZeroShot,
    };
    private static readonly Option<string> _againstOption = new("--against")
    {
        HelpName = "model",
        Description = "Zero-shot: a second model to compare on the same images.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string[]> _findingOption = new("--finding")
    {
        HelpName = "finding",
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

    private static readonly FieldOptionTranslator _fields = new(CreateFieldOptions());

    public static Command Build()
    {
        var command = new Command("evaluate", "Measure an image-text model on radiographs.")
        {
            _modelOption, _taskOption, _againstOption, _findingOption, _seedOption, _specOption, _outOption,
        };
        foreach (var option in EvaluationDataOptions.Options)
            command.Add(option);
        return command.WithAction(RunAsync, _fields);
    }

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        ValidateOptionUse(parsed);
        if (parsed.GetValue(_outOption) is { } into)
            PathArgumentValidator.CreateWorkFolder(_outOption.Name, into.FullName);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new EvaluatorService.EvaluatorServiceClient(mesh.Invoker);
        var names = await DataArgumentResolver.CreateAsync(client, mesh, cancellation);
        var arguments = new EvaluationSpecFactory.Arguments(ResolveModel(parsed, _modelOption, names),
            ResolveModel(parsed, _againstOption, names), parsed.GetValue(_findingOption) ?? [], parsed.GetValue(_seedOption),
            parsed.GetValue(_specOption));
        var spec = await EvaluationSpecFactory.CreateAsync(parsed.GetValue(_taskOption)!, arguments, parsed, names, cancellation);
        var created = await client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }, cancellationToken: cancellation);
        var evaluation = await EvaluationWatcher.FollowOrCancelAsync(client, created.Evaluation.Name, cancellation);
        if (evaluation.State != EvaluationState.Succeeded)
            throw EvaluationWatcher.ToException(evaluation);
        EvaluationWatcher.PrintFigures(json, evaluation);
        if (parsed.GetValue(_outOption) is { } folder)
            await EvaluationWatcher.WriteArtifactsAsync(client, evaluation, folder.FullName, json, cancellation);
        return (ExitCodes.Ok, ToJson(evaluation));
    }

    /// <summary>Refuses options that the task does not use; an unknown task is refused where its spec is made.</summary>
    private static void ValidateOptionUse(ParseResult parsed)
    {
        var task = parsed.GetValue(_taskOption)!;
        var condition = $"with {_taskOption.Name} {task}";
        if (task is EvaluationSpecFactory.Grounding or EvaluationSpecFactory.FineTune or EvaluationSpecFactory.Segmentation
            or EvaluationSpecFactory.Distribution)
            OptionUseValidator.ThrowIfTyped(parsed, condition, _againstOption);
        if (task is EvaluationSpecFactory.FineTune or EvaluationSpecFactory.Segmentation or EvaluationSpecFactory.Distribution)
            OptionUseValidator.ThrowIfTyped(parsed, condition, _findingOption);
        if (task is EvaluationSpecFactory.Grounding or EvaluationSpecFactory.Segmentation)
            OptionUseValidator.ThrowIfTyped(parsed, condition, EvaluationDataOptions.OptionsOfOther);
        EvaluationDataOptions.ValidateOptionUse(parsed);
    }

    /// <summary>The fields of every task, whose names for its data and theirs differ.</summary>
    private static Dictionary<string, string> CreateFieldOptions()
    {
        var options = new Dictionary<string, string>();
        foreach (var task in EvaluationSpec.Descriptor.Oneofs[0].Fields.Select(f => "spec." + f.Name))
        {
            options[$"{task}.model"] = _modelOption.Name;
            options[$"{task}.against"] = _againstOption.Name;
            options[$"{task}.findings"] = _findingOption.Name;
            options[$"{task}.seed"] = _seedOption.Name;
            EvaluationDataOptions.AddFieldOptions(task, options);
        }

        return options;
    }

    private static JsonObject ToJson(Evaluation evaluation) => new()
    {
        ["evaluation"] = evaluation.Name,
        ["models"] = EvaluationTable.ModelsToJson(evaluation),
        ["notes"] = EvaluationTable.NotesToJson(evaluation),
        ["results"] = EvaluationTable.FiguresToJson(evaluation),
    };

    /// <summary>
    /// The full path of a model that is found as a folder here, where the mesh takes paths; else the name as given, which the mesh may
    /// know.
    /// </summary>
    private static string ResolveModel(ParseResult parsed, Option<string> option, DataArgumentResolver names)
    {
        var name = parsed.GetValue(option)!;
        if (name.Length == 0 || !names.TakesPaths)
            return name;
        return ModelFolderCommands.FindModel(parsed, name) is { } found ? found.Path : name;
    }
}
