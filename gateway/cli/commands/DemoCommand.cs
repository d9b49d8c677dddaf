using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer;
using SynCxr.Mesh.Cli.Commands.Dataset;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary>
/// <c>demo</c>: makes one data set, from the plan to the sealed folder, in one process. Run again with the same state folder, it goes on
/// where it stopped.
/// </summary>
internal static class DemoCommand
{
    private static readonly Option<long> _pairsOption = new("--pairs")
    {
        Description = "How many image-report pairs to make.",
        DefaultValueFactory = _ => 96,
    };
    private static readonly Option<ulong> _seedOption = new("--seed")
    {
        Description = "Seed of the plan and of every stage: the same seed gives the same bytes.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<DirectoryInfo?> _outOption = new("--out")
    {
        Description = "New folder that the sealed data set is copied to. Default: it stays in the state folder only.",
    };

    public static Command Build() =>
        new Command("demo", "Make a balanced, curated and sealed data set with the shipped models.") { _pairsOption, _seedOption,
            _outOption }
            .WithAction(RunAsync, new FieldOptionTranslator(
                new Dictionary<string, string> { ["spec.pairs"] = _pairsOption.Name, ["spec.seed"] = _seedOption.Name }));

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var stamp = TimeProvider.System.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var state = parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath(Path.Combine("runs", "demo-" + stamp));
        ValidatePairs(parsed);
        var target = parsed.GetValue(_outOption) is { } folder ? PathArgumentValidator.ValidateNewFolder("--out", folder) : null;
        var spec = new DatasetSpec
        {
            Pairs = parsed.GetValue(_pairsOption),
            Seed = parsed.GetValue(_seedOption),
            Preset = "demo",
            Title = "SynCxr.Mesh demo",
        };
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation, state);
        var client = new DatasetService.DatasetServiceClient(mesh.Invoker);
        // On its own state folder a demo may be stopped and goes on: its request id is that of the earlier run, and so finds the data set
        // that this one began. On a mesh that others use, each run makes a new data set, and Ctrl-C cancels it.
        var isResumable = parsed.GetValue(SyncxrCommand.MeshOption) is null;
        var id = isResumable ? string.Create(CultureInfo.InvariantCulture, $"{spec.Pairs}-{spec.Seed}") : Guid.NewGuid().ToString("n");
        var request = new CreateDatasetRequest { Spec = spec, RequestId = "demo-" + id };
        var created = (await client.CreateDatasetAsync(request, cancellationToken: cancellation)).Dataset;
        Directory.CreateDirectory(state);
        var specFile = Path.Combine(state, "spec.yaml");
        await File.WriteAllTextAsync(specFile, ProtoYaml.Write(created.Spec), cancellation);
        ConsoleWriter.WriteLine(json,
            $"Making {created.Spec.Pairs} pairs: entities of {created.Spec.Draw.Vocabulary}, images by {created.Spec.Image.Model}, "
                + $"judged by {created.Spec.Curation.Model}.");
        var dataset = isResumable
            ? await FollowResumableAsync(client, created.Name, state, cancellation)
            : await DatasetWatcher.FollowOrCancelAsync(client, created, follow: true, cancellation);
        var result = DatasetTable.ToJson(dataset);
        var page = "";
        if (dataset.State == DatasetState.Sealed)
        {
            if (!Directory.Exists(dataset.Location))
                target ??= Path.Combine(state, dataset.Name); // the mesh sealed it on another machine, or in a bucket
            if (target is not null)
                await DatasetExporter.ExportAsync(client, dataset.Name, target, cancellation);
            page = await ContactSheetPage.WriteAsync(target ?? dataset.Location, state, cancellation);
        }

        if (page.Length > 0)
            ConsoleWriter.WriteLine(json,
                $"Open {page} to see every image beside its report; the data set is in {target ?? dataset.Location}.");
        DatasetTable.Print(json, dataset);
        ConsoleWriter.WriteLine(json, $"spec: {specFile}");
        result["state_folder"] = state;
        result["spec"] = specFile;
        result["contact_sheet"] = page;
        if (target is not null)
            result["folder"] = target;
        return (DatasetTable.ExitCode(dataset, false), result);
    }

    /// <summary>Follows the data set; after Ctrl-C, says how to go on.</summary>
    private static async Task<ImageReportDataset> FollowResumableAsync(
        DatasetService.DatasetServiceClient client, string name, string state, CancellationToken cancellation)
    {
        try
        {
            return await DatasetWatcher.FollowAsync(client, name, cancellation);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"What was made is kept: the same command with --state {state} goes on from there.");
            throw;
        }
    }

    /// <summary>
    /// Checks the number of pairs before a state folder is made and models load. A mesh that runs already checks it by its own limit.
    /// </summary>
    private static void ValidatePairs(ParseResult parsed)
    {
        const string setting = $"{BalancerOptions.Section}:{nameof(BalancerOptions.MaxPairs)}=";
        var given = parsed.GetValue(SyncxrCommand.SetOption)?.LastOrDefault(s => s.StartsWith(setting, StringComparison.OrdinalIgnoreCase));
        var maxPairs = given is not null && int.TryParse(given[setting.Length..], CultureInfo.InvariantCulture, out var set)
            ? set
            : new BalancerOptions().MaxPairs;
        if (parsed.GetValue(_pairsOption) is var pairs
            && (pairs < 1 || (pairs > maxPairs && parsed.GetValue(SyncxrCommand.MeshOption) is null)))
            throw MeshException.Invalid("--pairs", $"{pairs} pairs can't be made. Give a number from 1 to {maxPairs}.");
    }
}
