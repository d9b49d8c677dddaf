using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Show;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Storage.Json;

namespace SynCxr.Mesh.Cli.Verbs;

/// <summary><c>model report</c>: every figure of a generator or a judge against real radiographs, as a table and as files.</summary>
internal static class ModelReport
{
    private const string Hannover = "hannover-covid19-cxr/png";

    private static readonly Argument<string> _name = new("name") { Description = "Name of a shipped model, of one trained in the state folder, or a folder." };
    private static readonly Option<string[]> _data = new("--data") { Description = "Folder in or below which `train` and `valid` lie side by side. May be given many times.", Required = true };
    private static readonly Option<string[]> _outside = new("--outside") { Description = $"Judges: folder of real radiographs from elsewhere. Default: {Hannover} in a data folder, where it is.", DefaultValueFactory = _ => [] };
    private static readonly Option<string> _judge = new("--judge") { Description = "Generators: judge whose features and verdicts are used, by name or folder.", DefaultValueFactory = _ => "" };
    private static readonly Option<string> _generator = new("--generator") { Description = "Judges: generator whose images are judged, by name or folder.", DefaultValueFactory = _ => "" };
    private static readonly Option<ulong> _seed = new("--seed") { Description = "Seed of samples, classifiers and intervals.", DefaultValueFactory = _ => 1 };
    private static readonly Option<FileInfo?> _spec = new("--spec") { Description = "YAML with fields of the report's spec, for other sizes than the defaults: `images_per_class: 50`." };
    private static readonly Option<DirectoryInfo?> _out = new("--out") { Description = "Folder for report.json, figures.md and the sheets. Default: none, the table is printed." };

    public static Command Build() =>
        new Command("report", "Measure a generator or a judge against real radiographs.") { _name, _data, _outside, _judge, _generator, _seed, _spec, _out }.Does(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.Json);
        var models = new ModelReportModels(parsed, parsed.GetValue(_name)!, parsed.GetValue(_generator)!, parsed.GetValue(_judge)!);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation, own: models.Settings);
        var client = new EvaluatorService.EvaluatorServiceClient(mesh.Invoker);
        var spec = await models.IsGeneratorAsync(mesh, cancellation)
            ? new EvaluationSpec { GeneratorReport = OfGenerator(parsed, models) }
            : new EvaluationSpec { JudgeReport = OfJudge(parsed, models) };
        var created = await client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec }, cancellationToken: cancellation);
        var evaluation = await WatchAsync(client, created.Evaluation.Name, cancellation);
        Show(json, evaluation);
        if (evaluation.State != EvaluationState.Succeeded)
            Console.Error.WriteLine($"error: {evaluation.Name} {evaluation.State}: {evaluation.Error}");
        else if (parsed.GetValue(_out) is { } folder)
            await WriteAsync(client, evaluation, folder.FullName, json, cancellation);
        var result = JsonNode.Parse(new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(evaluation))!.AsObject();
        return (evaluation.State == EvaluationState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed, result);
    }

    private static GeneratorReportTask OfGenerator(ParseResult parsed, ModelReportModels models)
    {
        var task = new GeneratorReportTask { Seed = parsed.GetValue(_seed) };
        task.MergeFrom(Given<GeneratorReportTask>(parsed));
        (task.Generator, task.Judge) = (models.Name, models.Judge);
        task.Data.Add(Folders(parsed, _data));
        return task;
    }

    private static JudgeReportTask OfJudge(ParseResult parsed, ModelReportModels models)
    {
        var task = new JudgeReportTask { Seed = parsed.GetValue(_seed) };
        task.MergeFrom(Given<JudgeReportTask>(parsed));
        (task.Judge, task.Generator) = (models.Name, models.Generator);
        task.Data.Add(Folders(parsed, _data));
        task.Outside.Add(Outside(parsed));
        return task;
    }

    private static T Given<T>(ParseResult parsed)
        where T : IMessage<T>, new() => parsed.GetValue(_spec) is { } file ? ProtoYaml.Parse<T>(File.ReadAllText(file.FullName), "spec") : new T();

    private static async Task<Evaluation> WatchAsync(EvaluatorService.EvaluatorServiceClient client, string name, CancellationToken cancellation)
    {
        using var progress = Progress.Count("measuring");
        var evaluation = new Evaluation();
        try
        {
            using var watch = client.WatchEvaluation(new WatchEvaluationRequest { Name = name }, cancellationToken: cancellation);
            await foreach (var answer in watch.ResponseStream.ReadAllAsync(cancellation))
            {
                evaluation = answer.Evaluation;
                if (evaluation.State == EvaluationState.Queued)
                    progress.Say("waits for its turn");
                else if (evaluation.Progress is { } p)
                    progress.Set(p.Step, p.Steps, string.Create(CultureInfo.InvariantCulture, $"{p.Phase} {TimeSpan.FromSeconds(p.EtaSeconds):hh\\:mm\\:ss} left"));
            }
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            await client.CancelEvaluationAsync(new CancelEvaluationRequest { Name = name }, cancellationToken: CancellationToken.None);
            throw;
        }

        return evaluation;
    }

    private static void Show(bool json, Evaluation evaluation)
    {
        Sheet.Table(
            json,
            string.Join(", ", evaluation.Models.Select(m => $"{m.Model} {m.Digest[..12]}")),
            ["figure", "value", "95 %", "n", "wanted", ""],
            evaluation.Figures.Select(f => new[]
            {
                $"{f.Task.Replace('_', ' ')}: {f.Finding}, {f.Metric.Replace('_', ' ')}", Number(f.Value), f.HasLow ? $"{Number(f.Low)}..{Number(f.High)}" : "", f.N.ToString(CultureInfo.InvariantCulture),
                string.Join(' ', new[] { f.HasAtLeast ? $">= {Number(f.AtLeast)}" : "", f.HasAtMost ? $"<= {Number(f.AtMost)}" : "" }.Where(w => w.Length > 0)),
                !f.HasHolds ? "" : f.Holds ? "yes" : "NO",
            }));
        foreach (var note in evaluation.Notes)
            Sheet.Line(json, note);
        if (evaluation.Depicts.Count > 0)
            Sheet.Line(json, $"it obeys, and `depicts` should hold: {string.Join(", ", evaluation.Depicts)}");
    }

    private static async Task WriteAsync(EvaluatorService.EvaluatorServiceClient client, Evaluation evaluation, string folder, bool json, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        foreach (var artifact in evaluation.Artifacts)
        {
            using var call = client.ReadArtifact(new ReadArtifactRequest { Name = artifact.Name }, cancellationToken: cancellation);
            using var bytes = new MemoryStream();
            await foreach (var part in call.ResponseStream.ReadAllAsync(cancellation))
                part.Data.WriteTo(bytes);
            var content = bytes.ToArray();
            if (Digests.Sha256Hex(content) != artifact.Sha256)
                throw new MeshException(Reasons.DataCorrupt, $"{artifact.Name} came with another digest than it has");
            await File.WriteAllBytesAsync(Path.Combine(folder, artifact.Name.Split('/')[^1]), content, cancellation);
        }

        Sheet.Line(json, $"{folder}: {string.Join(", ", evaluation.Artifacts.Select(a => a.Name.Split('/')[^1]))}");
    }

    private static IEnumerable<string> Folders(ParseResult parsed, Option<string[]> option) => (parsed.GetValue(option) ?? []).Select(Path.GetFullPath);

    private static IEnumerable<string> Outside(ParseResult parsed) => parsed.GetValue(_outside) is { Length: > 0 }
        ? Folders(parsed, _outside)
        : Folders(parsed, _data).Select(d => Path.Combine(d, Hannover)).Where(Directory.Exists);

    private static string Number(double value) => value.ToString(Math.Abs(value) < 0.01 ? "0.#####" : "0.###", CultureInfo.InvariantCulture);
}
