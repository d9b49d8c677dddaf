using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf;
using SynCxr.Mesh.Cli.Commands.Evaluate;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary><c>model report</c>: measures a generator or a judge against real radiographs; prints the figures and writes files.</summary>
internal static class ModelReportCommand
{
    private const string HannoverFolder = "hannover-covid19-cxr/png";

    private static readonly Argument<string> _nameArgument = new("name")
    {
        Description = "The model: name of a shipped one, name of one trained in the state folder, or a model folder.",
    };
    private static readonly Option<string[]> _dataOption = new("--data")
    {
        Description = "Folder of real radiographs that holds `train` and `valid`, itself or in a folder below. Repeat it for several.",
        Required = true,
    };
    private static readonly Option<string[]> _outsideOption = new("--outside")
    {
        Description =
            $"For a judge: folder of real radiographs from another hospital. Default: {HannoverFolder} in a data folder, if it exists.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string> _judgeOption = new("--judge")
    {
        Description = "For a generator: judge whose features and verdicts are used, by name or folder.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _generatorOption = new("--generator")
    {
        Description = "For a judge: generator whose images are judged, by name or folder.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<ulong> _seedOption = new("--seed")
    {
        Description = "Seed of image samples, classifiers and bootstrap intervals.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<FileInfo?> _specOption = new("--spec")
    {
        Description = "YAML file with fields of the report's spec, such as `images_per_class: 50`.",
    };
    private static readonly Option<DirectoryInfo?> _outOption = new("--out")
    {
        Description = "Folder for report.json, figures.md and the contact sheets. Default: the figures are only printed.",
    };

    public static Command Build() =>
        new Command("report", "Measure a generator or a judge against real radiographs.")
        {
            _nameArgument, _dataOption, _outsideOption, _judgeOption, _generatorOption, _seedOption, _specOption, _outOption,
        }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var models = new ModelReportArguments(
            parsed, parsed.GetValue(_nameArgument)!, parsed.GetValue(_generatorOption)!, parsed.GetValue(_judgeOption)!);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation, defaults: models.Settings);
        var client = new EvaluatorService.EvaluatorServiceClient(mesh.Invoker);
        var spec = await models.IsGeneratorAsync(mesh, cancellation)
            ? new EvaluationSpec { GeneratorReport = CreateGeneratorTask(parsed, models) }
            : new EvaluationSpec { JudgeReport = CreateJudgeTask(parsed, models) };
        var created = await client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }, cancellationToken: cancellation);
        var evaluation = await EvaluationWatcher.FollowOrCancelAsync(client, created.Evaluation.Name, cancellation);
        EvaluationWatcher.PrintFigures(json, evaluation);
        if (evaluation.State != EvaluationState.Succeeded)
            Console.Error.WriteLine($"error: {evaluation.Name} {evaluation.State}: {evaluation.Failure?.Message}");
        else if (parsed.GetValue(_outOption) is { } folder)
            await EvaluationWatcher.WriteArtifactsAsync(client, evaluation, folder.FullName, json, cancellation);
        var result = JsonNode.Parse(
            new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(evaluation))!.AsObject();
        return (evaluation.State == EvaluationState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed, result);
    }

    private static GeneratorReportTask CreateGeneratorTask(ParseResult parsed, ModelReportArguments models)
    {
        var task = new GeneratorReportTask { Seed = parsed.GetValue(_seedOption) };
        task.MergeFrom(ReadSpec<GeneratorReportTask>(parsed));
        task.Generator = models.Name;
        task.Judge = models.Judge;
        task.Data.Add(FullPaths(parsed, _dataOption));
        return task;
    }

    private static JudgeReportTask CreateJudgeTask(ParseResult parsed, ModelReportArguments models)
    {
        var task = new JudgeReportTask { Seed = parsed.GetValue(_seedOption) };
        task.MergeFrom(ReadSpec<JudgeReportTask>(parsed));
        task.Judge = models.Name;
        task.Generator = models.Generator;
        task.Data.Add(FullPaths(parsed, _dataOption));
        task.Outside.Add(OutsideFolders(parsed));
        return task;
    }

    private static T ReadSpec<T>(ParseResult parsed)
        where T : IMessage<T>, new() => parsed.GetValue(_specOption) is { } file
            ? ProtoYaml.Parse<T>(File.ReadAllText(file.FullName), "spec") : new T();

    private static IEnumerable<string> FullPaths(ParseResult parsed, Option<string[]> option) =>
        (parsed.GetValue(option) ?? []).Select(Path.GetFullPath);

    private static IEnumerable<string> OutsideFolders(ParseResult parsed) => parsed.GetValue(_outsideOption) is { Length: > 0 }
        ? FullPaths(parsed, _outsideOption)
        : FullPaths(parsed, _dataOption).Select(d => Path.Combine(d, HannoverFolder)).Where(Directory.Exists);
}
