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

    private static readonly Argument<string> NameArgument = new("name")
    {
        Description = "The model: name of a shipped one, name of one trained in the state folder, or a model folder.",
    };
    private static readonly Option<string[]> DataOption = new("--data")
    {
        Description = "Folder of real radiographs that holds `train` and `valid`, itself or in a folder below. Repeat it for several.",
        Required = true,
    };
    private static readonly Option<string[]> OutsideOption = new("--outside")
    {
        Description =
            $"For a judge: folder of real radiographs from another hospital. Default: {HannoverFolder} in a data folder, if it exists.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string> JudgeOption = new("--judge")
    {
        Description = "For a generator: judge whose features and verdicts are used, by name or folder.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> GeneratorOption = new("--generator")
    {
        Description = "For a judge: generator whose images are judged, by name or folder.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<ulong> SeedOption = new("--seed")
    {
        Description = "Seed of image samples, classifiers and bootstrap intervals.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<FileInfo?> SpecOption = new("--spec")
    {
        Description = "YAML file with fields of the report's spec, such as `images_per_class: 50`.",
    };
    private static readonly Option<DirectoryInfo?> OutOption = new("--out")
    {
        Description = "Folder for report.json, figures.md and the contact sheets. Default: the figures are only printed.",
    };

    public static Command Build() =>
        new Command("report", "Measure a generator or a judge against real radiographs.") 
        {
            NameArgument, DataOption, OutsideOption, JudgeOption, GeneratorOption, SeedOption, SpecOption, OutOption,
        }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var models = new ModelReportArguments(
            parsed, parsed.GetValue(NameArgument)!, parsed.GetValue(GeneratorOption)!, parsed.GetValue(JudgeOption)!);
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
        else if (parsed.GetValue(OutOption) is { } folder)
            await EvaluationWatcher.WriteArtifactsAsync(client, evaluation, folder.FullName, json, cancellation);
        var result = JsonNode.Parse(
            new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(evaluation))!.AsObject();
        return (evaluation.State == EvaluationState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed, result);
    }

    private static GeneratorReportTask CreateGeneratorTask(ParseResult parsed, ModelReportArguments models)
    {
        var task = new GeneratorReportTask { Seed = parsed.GetValue(SeedOption) };
        task.MergeFrom(ReadSpec<GeneratorReportTask>(parsed));
        task.Generator = models.Name;
        task.Judge = models.Judge;
        task.Data.Add(FullPaths(parsed, DataOption));
        return task;
    }

    private static JudgeReportTask CreateJudgeTask(ParseResult parsed, ModelReportArguments models)
    {
        var task = new JudgeReportTask { Seed = parsed.GetValue(SeedOption) };
        task.MergeFrom(ReadSpec<JudgeReportTask>(parsed));
        task.Judge = models.Name;
        task.Generator = models.Generator;
        task.Data.Add(FullPaths(parsed, DataOption));
        task.Outside.Add(OutsideFolders(parsed));
        return task;
    }

    private static T ReadSpec<T>(ParseResult parsed)
        where T : IMessage<T>, new() => parsed.GetValue(SpecOption) is { } file
            ? ProtoYaml.Parse<T>(File.ReadAllText(file.FullName), "spec") : new T();

    private static IEnumerable<string> FullPaths(ParseResult parsed, Option<string[]> option) =>
        (parsed.GetValue(option) ?? []).Select(Path.GetFullPath);

    private static IEnumerable<string> OutsideFolders(ParseResult parsed) => parsed.GetValue(OutsideOption) is { Length: > 0 }
        ? FullPaths(parsed, OutsideOption)
        : FullPaths(parsed, DataOption).Select(d => Path.Combine(d, HannoverFolder)).Where(Directory.Exists);
}
