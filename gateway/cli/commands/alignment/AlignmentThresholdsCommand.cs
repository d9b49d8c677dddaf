using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Standalone;

namespace SynCxr.Mesh.Cli.Commands.Alignment;

/// <summary>
/// <c>alignment thresholds</c>: has an image-text model compare real images with their reports and with those of others, and says what each
/// threshold would refuse and let through.
/// </summary>
internal static class AlignmentThresholdsCommand
{
    private const double UsualFalseRejects = 0.05;
    private const int UsualPairs = 500, MostPairs = 10_000, MostCalls = 8;

    private static readonly double[] _shownFalseRejects = [0, 0.01, 0.05, 0.1, 0.25];

    private static readonly Argument<string> _modelArgument = new("model") { Description = "The image-text model, as `train` named it." };
    private static readonly Option<string> _dataOption = new("--data")
    {
        Description = "Real images with reports, or with labels that reports are written from: a sealed folder, or LAYOUT=FOLDER, as "
            + "--layout of `train` names them.",
        Required = true,
    };
    private static readonly Option<double> _falseRejectOption = new("--max-false-reject")
    {
        Description = "Largest share of the pairs that belong together that the chosen threshold may refuse, 0 to 1. Default: "
            + $"{UsualFalseRejects.ToString(CultureInfo.InvariantCulture)}.",
        DefaultValueFactory = _ => UsualFalseRejects,
    };
    private static readonly Option<int> _pairsOption = new("--pairs")
    {
        Description = $"Most pairs to measure, 2 to {MostPairs}. Default: {UsualPairs}.",
        DefaultValueFactory = _ => UsualPairs,
    };
    private static readonly Option<ulong> _seedOption = new("--seed")
    {
        Description = "Seed of what is sampled, shuffled and written. Default: 1.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<bool> _writeOption = new("--write")
    {
        Description = "Store what was measured in the state folder: the card of a data set then says what its threshold does.",
    };

    public static Command Build() =>
        new Command("thresholds", "Measure what a threshold does to images with their own reports, and with those of others.")
        {
            _modelArgument, _dataOption, _falseRejectOption, _pairsOption, _seedOption, _writeOption,
        }.WithAction(RunAsync, new FieldOptionTranslator(new Dictionary<string, string> { ["alignment"] = _modelArgument.Name }));

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var (json, name, isWritten) =
            (parsed.GetValue(SyncxrCommand.JsonOption), parsed.GetValue(_modelArgument)!, parsed.GetValue(_writeOption));
        var (most, seed, share) =
            (parsed.GetValue(_pairsOption), parsed.GetValue(_seedOption), parsed.GetValue(_falseRejectOption));
        if (name.Length == 0)
            throw MeshException.Invalid("model", "must be given");
        if (share is not (>= 0 and <= 1))
            throw MeshException.Invalid(_falseRejectOption.Name, "must be a number from 0 to 1");
        if (most is < 2 or > MostPairs)
            throw MeshException.Invalid(_pairsOption.Name, $"is {most}; 2 to {MostPairs} is wanted");
        if (isWritten && parsed.GetValue(SyncxrCommand.MeshOption) is { Length: > 0 } address)
        {
            throw MeshException.Invalid(_writeOption.Name, $"What was measured can't be given to the mesh at {address} from here. Run this "
                + "command where its curation service runs, and set Curation:AlignmentRoot on each curation replica to `alignments/local` "
                + "of the state folder.");
        }
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new CurationService.CurationServiceClient(mesh.Invoker);
        var model = await FindModelAsync(client, name, cancellation);
        var reader = new AlignmentPairReader(new ReportService.ReportServiceClient(mesh.Invoker), seed);
        var pairs = await ReadAsync(reader, parsed.GetValue(_dataOption)!, most, cancellation);
        var matched = await MeasureAsync(client, model, pairs, pairs, "own reports", cancellation);
        var shuffled = await MeasureAsync(client, model, pairs, Shuffle(pairs), "reports of others", cancellation);
        var examples = new AlignmentExampleSet(model.Name, model.Digest, reader.DataDigest, matched, shuffled);
        var chosen = examples.Choose(share);
        Print(json, examples, chosen, reader);
        if (isWritten)
        {
            var path = AlignmentExamplesFile.Write(StateFolderPaths.AlignmentsPath(Model.ModelFolderCommands.StatePath(parsed)), examples);
            ConsoleWriter.WriteLine(json, $"Stored in {path}. Choose it with: curation: {{alignment: {model.Name}, alignment_threshold: "
                + $"{CosineFigures.Format(chosen)}}}");
        }
        return (ExitCodes.Ok, ToJson(examples, chosen, reader, isWritten));
    }

    private static async Task<ModelDescription> FindModelAsync(
        CurationService.CurationServiceClient client, string name, CancellationToken cancellation)
    {
        var request = new Curation.V1.ListModelsRequest { Alignment = name };
        var found = await client.ListModelsAsync(request, new CallOptions(cancellationToken: cancellation));
        return found.Models.First(model => model.Kind == ModelKind.VisionLanguage && model.Name == name);
    }

    private static async Task<IReadOnlyList<AlignedPair>> ReadAsync(
        AlignmentPairReader reader, string data, int most, CancellationToken cancellation)
    {
        using var progress = ProgressBar.Start("reading");
        return await reader.ReadAsync(
            data, _dataOption.Name, most, (done, all) => progress.ShowCount(done, all, "pairs"), cancellation);
    }

    /// <summary>For each pair the next one, round the list, whose labels are others; the next one where all are equal.</summary>
    private static List<AlignedPair> Shuffle(IReadOnlyList<AlignedPair> pairs) =>
    [
        .. pairs.Index().Select(pair => Enumerable.Range(pair.Index + 1, pairs.Count - 1).Select(at => pairs[at % pairs.Count])
            .OrderBy(other => other.Labels == pair.Item.Labels).First()), // a stable order
    ];

    private static async Task<double[]> MeasureAsync(CurationService.CurationServiceClient client, ModelDescription model,
        IReadOnlyList<AlignedPair> images, IReadOnlyList<AlignedPair> texts, string what, CancellationToken cancellation)
    {
        using var progress = ProgressBar.Start(what);
        var (cosines, done) = (new double[images.Count], 0);
        var options = new ParallelOptions { MaxDegreeOfParallelism = MostCalls, CancellationToken = cancellation };
        await Parallel.ForAsync(0, images.Count, options, async (i, token) =>
        {
            var question = new AlignmentQuestion
            {
                Model = new PinnedName { Name = model.Name, Digest = model.Digest },
                Texts = { texts[i].Texts },
            };
            var request = new AssessImageRequest { Image = new ImageSource { Content = images[i].Png }, Alignment = question };
            cosines[i] = (await client.AssessImageAsync(request, cancellationToken: token)).Verdict.Alignment.Similarity;
            progress.ShowCount(Interlocked.Increment(ref done), images.Count, "pairs");
        });
        return cosines;
    }

    private static void Print(bool json, AlignmentExampleSet examples, double chosen, AlignmentPairReader reader)
    {
        ConsoleWriter.WriteTable(json, $"Cosine of image and report by {examples.Model}", CosineFigures.Columns,
            [CosineFigures.ToRow("own reports", examples.Matched), CosineFigures.ToRow("reports of others", examples.Shuffled)]);
        if (reader.Written > 0)
            ConsoleWriter.WriteLine(json, $"{reader.Written} reports were written from labels");
        if (reader.LeftOut.Count > 0)
            ConsoleWriter.WriteLine(json, $"left out: {reader.LeftOut.Count}, the first: {reader.LeftOut[0]}");
        var shown = _shownFalseRejects.Select(examples.Choose).Append(chosen).Distinct().Order();
        ConsoleWriter.WriteTable(json, "What a threshold does (95 % intervals)", ["", "threshold", "own refused", "others let through"],
            shown.Select(threshold =>
            {
                var (falseRejects, falseAccepts) = examples.Measure(threshold);
                return new[]
                {
                    threshold == chosen ? "chosen" : "", CosineFigures.Format(threshold), CosineFigures.Describe(falseRejects),
                    CosineFigures.Describe(falseAccepts),
                };
            }));
    }

    private static JsonObject ToJson(AlignmentExampleSet examples, double chosen, AlignmentPairReader reader, bool isWritten)
    {
        var (falseRejects, falseAccepts) = examples.Measure(chosen);
        return new JsonObject
        {
            ["model"] = examples.Model,
            ["digest"] = examples.ModelDigest,
            ["data_digest"] = examples.DataDigest,
            ["threshold"] = chosen,
            ["written"] = isWritten,
            ["false_reject"] = CosineFigures.ToJson(falseRejects),
            ["false_accept"] = CosineFigures.ToJson(falseAccepts),
            ["matched"] = CosineFigures.ToJson(examples.Matched),
            ["shuffled"] = CosineFigures.ToJson(examples.Shuffled),
            ["reports_from_labels"] = reader.Written,
            ["left_out"] = reader.LeftOut.Count,
        };
    }
}
