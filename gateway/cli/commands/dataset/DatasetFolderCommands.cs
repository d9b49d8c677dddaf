using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>
/// <c>dataset verify | replay | diff</c>: checks of sealed folders. Verify and diff need no mesh; replay needs any mesh with the same
/// models.
/// </summary>
internal static class DatasetFolderCommands
{
    private const int MaxRows = 40;
    private static readonly Argument<DirectoryInfo> _folderArgument = new("folder") { Description = "Folder of a sealed data set." };
    private static readonly Argument<DirectoryInfo> _otherArgument = new("other") { Description = "Folder of another sealed data set." };
    private static readonly Argument<long> _indexArgument = new("index") { Description = "Index of the pair in the data set." };

    public static Command BuildVerify() =>
        new Command("verify",
            "Check a sealed folder: every file against its digest and the root, and its marks.")
        {
            _folderArgument, TrustAnchorsOption.Instance,
        }.WithAction(VerifyAsync);

    public static Command BuildReplay() =>
        new Command("replay", "Make one pair of a sealed folder again and compare the bytes.") { _folderArgument, _indexArgument }
            .WithAction(ReplayAsync);

    public static Command BuildDiff() =>
        new Command("diff", "Check two sealed folders, and list in which pairs and spec fields they differ.") { _folderArgument,
            _otherArgument }
            .WithAction(DiffAsync);

    private static async Task<(int, JsonObject?)> VerifyAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        ValidateOptionUse(parsed);
        var folder = ExistingFolder(parsed, _folderArgument);
        var anchors = await TrustAnchorsOption.ReadAsync(parsed, cancellation);
        var result = await SealedDatasetVerifier.VerifyAsync(folder, cancellation, anchors);
        foreach (var problem in result.Problems)
            ConsoleWriter.WriteLine(json, problem.ToString());
        ConsoleWriter.WriteLine(json,
            result.IsIntact
                ? $"Intact: {result.Files} files, root {result.Root}"
                : !DatasetManifest.IsIn(folder)
                ? $"'{folder}' is not a sealed data set."
                : $"Damaged: {result.Problems.Count} {(result.Problems.Count == 1 ? "problem" : "problems")}, listed above.");
        if (result.IsIntact)
            ConsoleWriter.WriteLine(json, DescribeMarks(result.Marks));
        return (result.IsIntact ? ExitCodes.Ok : ExitCodes.Mismatch, new JsonObject
        {
            ["intact"] = result.IsIntact,
            ["marks"] = new JsonObject
            {
                ["pictures"] = result.Marks.Pictures,
                ["signed_shards"] = result.Marks.SignedShards,
                ["signer"] = result.Marks.Signer,
                ["signer_state"] = result.Marks.SignerState,
            },
            ["root"] = result.Root,
            ["files"] = result.Files,
            ["problems"] = new JsonArray([.. result.Problems.Select(p => new JsonObject { ["file"] = p.Path, ["problem"] = p.Problem })]),
        });
    }

    private static string DescribeMarks(SealedMarks marks) =>
        (marks.Pictures == 0 ? "No picture is marked as synthetic: it was sealed by a writer that knows no marks."
            : $"{marks.Pictures} pictures say that they are synthetic, and which pair they are.")
        + (marks.SignedShards == 0 ? " The set is not signed."
            : $" {marks.SignedShards} shards and the balance certificate are signed by {marks.Signer} ({marks.SignerState}).");

    private static async Task<(int, JsonObject?)> ReplayAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        PairReplay replay;
        try
        {
            var folder = ExistingFolder(parsed, _folderArgument);
            replay = await PairReplay.ReadAsync(folder, parsed.GetValue(_indexArgument), cancellation);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw MeshException.Invalid("index", error.Message);
        }
        catch (SealedDatasetException error)
        {
            throw new MeshException(ErrorReasons.DataCorrupt, error.Message);
        }

        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var report = replay.IsReportRepeatable
            ? (await new ReportService.ReportServiceClient(mesh.Invoker).WriteReportAsync(
                new WriteReportRequest { Spec = replay.ReportSpec },
                cancellationToken: cancellation)).Report
            : null;
        using var call = new DiffusionService.DiffusionServiceClient(mesh.Invoker).GenerateImage(
            new GenerateImageRequest { Spec = replay.ImageSpec }, cancellationToken: cancellation);
        using var png = new MemoryStream();
        var pixels = "";
        await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellation))
        {
            if (answer.EventCase == GenerateImageResponse.EventOneofCase.Part)
                answer.Part.Data.WriteTo(png);
            if (answer.EventCase == GenerateImageResponse.EventOneofCase.Image)
                pixels = answer.Image.PixelsSha256;
        }

        var checks = new List<(string Name, bool Same)>
        {
            ("pixels", pixels == replay.Pair.Record.PixelsSha256),
            ("png", replay.IsSamePng(png.ToArray())),
        };
        if (report is null)
            ConsoleWriter.WriteLine(json,
                $"The writer {replay.ReportSpec.Model} is not deterministic, so the image was rendered from the stored report.");
        else
            checks.InsertRange(0,
                [("findings", report.Findings == replay.Pair.Record.Findings),
                    ("impression", report.Impression == replay.Pair.Record.Impression)]);
        var same = checks.All(c => c.Same);
        ConsoleWriter.WriteTable(json, string.Create(CultureInfo.InvariantCulture, $"pair {replay.Pair.Record.Index}"),
            ["part", "made again"],
            checks.Select(c => new[] { c.Name, c.Same ? "the same bytes" : "DIFFERS" }));
        var result = new JsonObject(checks.Select(c => KeyValuePair.Create(c.Name, (JsonNode?)c.Same)))
        {
            ["index"] = replay.Pair.Record.Index,
            ["same"] = same,
        };
        return (same ? ExitCodes.Ok : ExitCodes.Mismatch, result);
    }

    private static async Task<(int, JsonObject?)> DiffAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        ValidateOptionUse(parsed);
        var (first, second) = (ExistingFolder(parsed, _folderArgument), ExistingFolder(parsed, _otherArgument));
        foreach (var folder in new[] { first, second })
        {
            var check = await SealedDatasetVerifier.VerifyAsync(folder, cancellation);
            foreach (var problem in check.Problems)
                Console.Error.WriteLine($"{folder}{Path.DirectorySeparatorChar}{problem}");
            if (!check.IsIntact)
                throw new MeshException(ErrorReasons.DataCorrupt, DatasetManifest.IsIn(folder)
                    ? $"'{folder}' is damaged, so it can't be compared: {check.Problems[0]}."
                    : $"'{folder}' is not a sealed data set, so it can't be compared: {check.Problems[0]}.");
        }

        var result = DatasetDiff.Compare(
            await SealedDataset.OpenAsync(first, cancellation), await SealedDataset.OpenAsync(second, cancellation));
        if (result.Spec.Count > 0)
            ConsoleWriter.WriteTable(json, "spec", ["member", "first", "second"],
                result.Spec.Select(s => new[] { s.Path, s.First, s.Second }));
        if (result.Pairs.Count > 0)
            ConsoleWriter.WriteTable(json, "pairs", ["index", "differs in"],
                result.Pairs.Take(MaxRows)
                    .Select(p => new[] { p.Index.ToString(CultureInfo.InvariantCulture), string.Join(", ", p.Columns) }));
        if (result.Pairs.Count > MaxRows)
            ConsoleWriter.WriteLine(json, $"{result.Pairs.Count - MaxRows} more pairs differ; --json lists them all.");
        ConsoleWriter.WriteLine(json, "Both folders are intact. Their manifests and metadata were compared.");
        ConsoleWriter.WriteLine(json,
            result.SameRoot ? "The roots are the same." : $"The roots differ: {result.Pairs.Count} pairs are different.");
        return (result.SameRoot ? ExitCodes.Ok : ExitCodes.Mismatch, new JsonObject
        {
            ["same_root"] = result.SameRoot,
            ["spec"] = new JsonArray(
                [.. result.Spec.Select(s => new JsonObject { ["member"] = s.Path, ["first"] = s.First, ["second"] = s.Second })]),
            ["pairs"] = new JsonArray(
                [.. result.Pairs.Select(
                    p => new JsonObject { ["index"] = p.Index, ["columns"] = new JsonArray([.. p.Columns.Select(c => (JsonNode)c)]) })]),
        });
    }

    private static void ValidateOptionUse(ParseResult parsed) => OptionUseValidator.ThrowIfTyped(
        parsed, "on a check that needs no mesh", [.. SyncxrCommand.ConnectionOptions, SyncxrCommand.SetOption, SyncxrCommand.StateOption]);

    private static string ExistingFolder(ParseResult parsed, Argument<DirectoryInfo> argument)
    {
        var folder = parsed.GetValue(argument)!;
        if (File.Exists(folder.FullName))
            throw MeshException.Invalid(argument.Name, $"'{folder.FullName}' is a file. Give the folder of a sealed data set.");
        return folder.Exists
            ? folder.FullName
            : throw MeshException.Invalid(argument.Name, $"The folder '{folder.FullName}' does not exist.");
    }
}
