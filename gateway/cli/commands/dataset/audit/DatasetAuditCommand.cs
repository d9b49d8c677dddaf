using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Cli.Commands.Dataset.Audit;

/// <summary>
/// <c>dataset audit</c>: what two sets of pictures have in common. Pictures of one patient, and copies of one picture, must not be on both
/// sides of a split, nor in training and test.
/// </summary>
internal static class DatasetAuditCommand
{
    private const int MaxListed = 20, MaxOnSheet = 48;
    private static readonly Argument<string> _firstArgument = new("first")
    {
        Description = "A sealed folder, a folder of pictures, or LAYOUT=FOLDER for a public set, as --layout of `train` names them.",
    };
    private static readonly Option<string[]> _againstOption = new("--against")
    {
        Description = "What it is held against, in the same form. Repeat it for several.",
        Required = true,
    };
    private static readonly Option<double?> _similarityOption = new("--similarity")
    {
        Description = "Cosine of features from which on two pictures are near-duplicates, above 0, to 1. Default: the judge's own.",
    };
    private static readonly Option<FileInfo?> _sheetOption = new("--sheet")
    {
        Description = "PNG file for a contact sheet of what was found, pair beside pair. Default: audit.png in this folder.",
    };

    public static Command Build() =>
        new Command("audit", "Find the same patients, copies and near-duplicates in two sets of pictures.")
        {
            _firstArgument, _againstOption, _similarityOption, _sheetOption,
        }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        if (parsed.GetValue(_similarityOption) is { } given && !(given is > 0 and <= 1))
            throw MeshException.Invalid("--similarity", "must be above 0, to 1");
        var sheetFile = PathArgumentValidator.ValidateFile(_sheetOption.Name, parsed.GetValue(_sheetOption) ?? new FileInfo("audit.png"));
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new CurationService.CurationServiceClient(mesh.Invoker);
        var judge = (await client.ListModelsAsync(new ListModelsRequest(), new CallOptions(cancellationToken: cancellation))).Models[0];
        var similarity = parsed.GetValue(_similarityOption) ?? judge.Thresholds?.NearDuplicate
            ?? throw MeshException.Invalid("--similarity", $"must be given: the judge {judge.Name} has no threshold for near-duplicates");
        var reader = new AuditSideReader(client);
        var first = await ReadAsync(reader, parsed.GetValue(_firstArgument)!, "first", cancellation);
        var overlaps = new List<Overlap>();
        foreach (var against in parsed.GetValue(_againstOption)!)
        {
            var second = await ReadAsync(reader, against, "--against", cancellation);
            using var progress = ProgressBar.Start("comparing");
            overlaps.AddRange(new OverlapFinder(similarity).Find(
                first, second, done => progress.ShowCount(done, first.Count, ""), cancellation));
        }

        var ordered = overlaps.OrderBy(o => OverlapKindNames.All.Index().First(k => k.Item == o.Kind).Index)
            .ThenByDescending(o => o.Similarity).ToList();
        var sheet = WriteSheet(sheetFile, ordered);
        Print(json, ordered, reader.LeftOut, first.Count, similarity, sheet);
        return (ordered.Count == 0 ? ExitCodes.Ok : ExitCodes.Mismatch, ToJson(ordered, reader.LeftOut, first.Count, similarity, sheet));
    }

    private static async Task<IReadOnlyList<AuditedPicture>> ReadAsync(
        AuditSideReader reader, string argument, string name, CancellationToken cancellation)
    {
        using var progress = ProgressBar.Start("reading");
        return await reader.ReadAsync(argument, name, (done, all) => progress.ShowCount(done, all, argument), cancellation);
    }

    /// <returns>Where it lies; empty where there was nothing to show.</returns>
    private static string WriteSheet(string path, List<Overlap> overlaps)
    {
        if (overlaps.Count == 0)
            return "";
        var shown = overlaps.Take(MaxOnSheet).ToList();
        File.WriteAllBytes(path, ImageCodec.EncodePng(ContactSheet.Compose(
            [.. shown.SelectMany(o => new[] { o.First.Small, o.Second.Small })], columns: 8,
            [.. shown.SelectMany(o => new[] { o.Kind, o.Similarity.ToString("0.000", CultureInfo.InvariantCulture) })])));
        return path;
    }

    private static void Print(
        bool json, List<Overlap> overlaps, List<string> leftOut, int pictures, double similarity, string sheet)
    {
        ConsoleWriter.WriteTable(json, "", ["kind", "similarity", "picture", "is like"], [.. overlaps.Take(MaxListed).Select(o => new[]
        {
            o.Kind, o.Similarity.ToString("0.000", CultureInfo.InvariantCulture), o.First.Id, $"{o.Second.Side}: {o.Second.Id}",
        })]);
        if (overlaps.Count > MaxListed)
            ConsoleWriter.WriteLine(json, $"and {overlaps.Count - MaxListed} more");
        foreach (var kind in OverlapKindNames.All)
            ConsoleWriter.WriteLine(json,
                $"{kind}: {overlaps.Where(o => o.Kind == kind).Select(o => o.First.Id).Distinct().Count()} of {pictures} pictures");
        foreach (var problem in leftOut.Take(MaxListed))
            ConsoleWriter.WriteLine(json, $"left out: {problem}");
        if (leftOut.Count > MaxListed)
            ConsoleWriter.WriteLine(json, $"and {leftOut.Count - MaxListed} more left out");
        ConsoleWriter.WriteLine(json,
            string.Create(CultureInfo.InvariantCulture, $"Near-duplicates from a similarity of {similarity:0.000} on.")
            + (sheet.Length > 0 ? $" Open {sheet} to see them." : ""));
    }

    private static JsonObject ToJson(
        List<Overlap> overlaps, List<string> leftOut, int pictures, double similarity, string sheet) => new()
        {
            ["pictures"] = pictures,
            ["similarity"] = similarity,
            ["counts"] = new JsonObject(
                OverlapKindNames.All.Select(k => KeyValuePair.Create(k, (JsonNode?)overlaps.Count(o => o.Kind == k)))),
            ["left_out"] = leftOut.Count,
            ["contact_sheet"] = sheet,
            ["overlaps"] = new JsonArray([.. overlaps.Select(o => (JsonNode)new JsonObject
        {
            ["kind"] = o.Kind,
            ["first"] = o.First.Id,
            ["second"] = o.Second.Id,
            ["against"] = o.Second.Side,
            ["similarity"] = o.Similarity,
        })]),
        };
}
