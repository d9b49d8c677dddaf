using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf;
using SynCxr.Mesh.Cli.Commands.Evaluate;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
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
        HelpName = "folder",
        Description = "Folder of real radiographs that holds `train` and `valid`, itself or in a folder below. Repeat it for several.",
        Required = true,
    };
    private static readonly Option<string[]> _outsideOption = new("--outside")
    {
        HelpName = "folder",
        Description =
            $"For a judge: folder of real radiographs from another hospital. Default: {HannoverFolder} in a data folder, if it exists.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string> _judgeOption = new("--judge")
    {
        HelpName = "model",
        Description = "For a generator: judge whose features and verdicts are used, by name or folder.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _generatorOption = new("--generator")
    {
        HelpName = "model",
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

    private static readonly FieldOptionTranslator _fields = new(
        new[] { "generator_report", "judge_report" }.Select(t => "spec." + t).SelectMany(task => new Dictionary<string, string>
        {
            [$"{task}.data"] = _dataOption.Name,
            [$"{task}.outside"] = _outsideOption.Name,
            [$"{task}.judge"] = _judgeOption.Name,
            [$"{task}.generator"] = _generatorOption.Name,
            [$"{task}.seed"] = _seedOption.Name,
        }).ToDictionary());

    public static Command Build() =>
        new Command("report", "Measure a generator or a judge against real radiographs.")
        {
            _nameArgument, _dataOption, _outsideOption, _judgeOption, _generatorOption, _seedOption, _specOption, _outOption,
        }.WithAction(RunAsync, _fields);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        if (parsed.GetValue(_outOption) is { } into)
            PathArgumentValidator.CreateWorkFolder(_outOption.Name, into.FullName);
        var yaml = parsed.GetValue(_specOption) is { } file
            ? await PathArgumentValidator.ReadTextAsync(_specOption.Name, file, cancellation) : null;
        var models = new ModelReportArguments(
            parsed, parsed.GetValue(_nameArgument)!, parsed.GetValue(_generatorOption)!, parsed.GetValue(_judgeOption)!);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation, defaults: models.Settings);
        var client = new EvaluatorService.EvaluatorServiceClient(mesh.Invoker);
        var isGenerator = await models.IsGeneratorAsync(mesh, cancellation);
        OptionUseValidator.ThrowIfTyped(parsed, $"on the report of a {(isGenerator ? "generator" : "judge")}",
            isGenerator ? [_outsideOption, _generatorOption] : [_judgeOption]);
        var names = await DataArgumentResolver.CreateAsync(client, mesh, cancellation);
        var spec = isGenerator
            ? new EvaluationSpec { GeneratorReport = CreateGeneratorTask(parsed, models, names, yaml) }
            : new EvaluationSpec { JudgeReport = CreateJudgeTask(parsed, models, names, yaml) };
        var created = await client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }, cancellationToken: cancellation);
        var evaluation = await EvaluationWatcher.FollowOrCancelAsync(client, created.Evaluation.Name, cancellation);
        EvaluationWatcher.PrintFigures(json, evaluation);
        if (evaluation.State != EvaluationState.Succeeded)
            Console.Error.WriteLine($"error: {evaluation.Name} {StateFormatter.Format(evaluation.State)}: {evaluation.Failure?.Message}");
        else if (parsed.GetValue(_outOption) is { } folder)
            await EvaluationWatcher.WriteArtifactsAsync(client, evaluation, folder.FullName, json, cancellation);
        var result = JsonNode.Parse(
            new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(evaluation))!.AsObject();
        return (evaluation.State == EvaluationState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed, result);
    }

    private static GeneratorReportTask CreateGeneratorTask(ParseResult parsed, ModelReportArguments models, DataArgumentResolver names,
        string? yaml)
    {
        var task = new GeneratorReportTask { Seed = parsed.GetValue(_seedOption) };
        task.MergeFrom(ReadSpec<GeneratorReportTask>(yaml));
        task.Generator = models.Name;
        task.Judge = models.Judge;
        task.Data.Add(ResolveAll(parsed, _dataOption, names));
        return task;
    }

    private static JudgeReportTask CreateJudgeTask(ParseResult parsed, ModelReportArguments models, DataArgumentResolver names,
        string? yaml)
    {
        var task = new JudgeReportTask { Seed = parsed.GetValue(_seedOption) };
        task.MergeFrom(ReadSpec<JudgeReportTask>(yaml));
        task.Judge = models.Name;
        task.Generator = models.Generator;
        task.Data.Add(ResolveAll(parsed, _dataOption, names));
        task.Outside.Add(OutsideFolders(parsed, names));
        return task;
    }

    private static T ReadSpec<T>(string? yaml)
        where T : IMessage<T>, new() => yaml is null ? new T() : ProtoYaml.Parse<T>(yaml, _specOption.Name);

    private static IEnumerable<string> ResolveAll(ParseResult parsed, Option<string[]> option, DataArgumentResolver names) =>
        (parsed.GetValue(option) ?? []).Select(d => names.Resolve(option.Name, d));

    private static IEnumerable<string> OutsideFolders(ParseResult parsed, DataArgumentResolver names) =>
        parsed.GetValue(_outsideOption) is { Length: > 0 }
            ? ResolveAll(parsed, _outsideOption, names)
            : ResolveAll(parsed, _dataOption, names).Select(d => Path.Combine(d, HannoverFolder)).Where(Directory.Exists);
}
