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

/// <summary><c>demo</c>: the main job, start to end, in one process. Given the same state folder again, it goes on where it was.</summary>
internal static class DemoCommand
{
    private static readonly Option<long> PairsOption = new("--pairs") { Description = "Pairs to make.", DefaultValueFactory = _ => 96 };
    private static readonly Option<ulong> SeedOption = new("--seed")
    {
        Description = "Seed of the plan and of every stage.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<DirectoryInfo?> OutOption = new("--out") { Description = "Also copy the sealed data set there." };

    public static Command Build() =>
        new Command("demo", "Make a balanced, curated, sealed data set with the shipped models.") { PairsOption, SeedOption,
            OutOption }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var stamp = TimeProvider.System.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var state = parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath(Path.Combine("runs", "demo-" + stamp));
        ValidatePairs(parsed);
        var target = parsed.GetValue(OutOption) is { } folder ? PathArgumentValidator.ValidateNewFolder("--out", folder) : null;
        var spec = new DatasetSpec
        {
            Pairs = parsed.GetValue(PairsOption),
            Seed = parsed.GetValue(SeedOption),
            Preset = "demo",
            Title = "SynCxr.Mesh demo",
        };
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation, state);
        var client = new DatasetService.DatasetServiceClient(mesh.Invoker);
        // On a state folder of its own a demo stops and goes on: the request id finds what an earlier run began. In a mesh that others
        // use too, each is a data set of its own, and Ctrl-C cancels it.
        var own = parsed.GetValue(SyncxrCommand.MeshOption) is null;
        var id = own ? string.Create(CultureInfo.InvariantCulture, $"{spec.Pairs}-{spec.Seed}") : Guid.NewGuid().ToString("n");
        var request = new CreateDatasetRequest { Spec = spec, RequestId = "demo-" + id };
        var created = (await client.CreateDatasetAsync(request, cancellationToken: cancellation)).Dataset;
        Directory.CreateDirectory(state);
        var specFile = Path.Combine(state, "spec.yaml");
        await File.WriteAllTextAsync(specFile, ProtoYaml.Write(created.Spec), cancellation);
        ConsoleWriter.WriteLine(json,
            $"{created.Spec.Pairs} pairs of {created.Spec.Draw.Vocabulary}, drawn by {created.Spec.Image.Model}, judged by "
                + $"{created.Spec.Curation.Model}");
        var dataset = own ? await DatasetWatcher.FollowAsync(client, created.Name, cancellation)
            : await DatasetWatcher.FollowOrCancelAsync(client, created, true, cancellation);
        var result = DatasetTable.ToJson(dataset);
        var sheet = "";
        if (dataset.State == DatasetState.Sealed)
        {
            if (!Directory.Exists(dataset.Folder))
                target ??= Path.Combine(state, dataset.Name); // another machine's, or a bucket's
            if (target is not null)
                await DatasetExporter.ExportAsync(client, dataset.Name, target, cancellation);
            sheet = ContactSheetPage.Write(target ?? dataset.Folder, state);
        }

        DatasetTable.Print(json, dataset);
        ConsoleWriter.WriteLine(json, $"spec          {specFile}");
        if (sheet.Length > 0)
            ConsoleWriter.WriteLine(json, $"look at       {sheet}");
        if (target is not null)
            ConsoleWriter.WriteLine(json, $"copied to     {target}");
        result["state_folder"] = state;
        result["spec"] = specFile;
        result["contact_sheet"] = sheet;
        if (target is not null)
            result["folder"] = target;
        return (DatasetTable.ExitCode(dataset, false), result);
    }

    /// <summary>Refused here, before models load and a state folder is made. A mesh that runs already has limits of its own.</summary>
    private static void ValidatePairs(ParseResult parsed)
    {
        const string setting = $"{BalancerOptions.Section}:{nameof(BalancerOptions.MaxPairs)}=";
        var given = parsed.GetValue(SyncxrCommand.SetOption)?.LastOrDefault(s => s.StartsWith(setting, StringComparison.OrdinalIgnoreCase));
        var most = given is not null && int.TryParse(given[setting.Length..], CultureInfo.InvariantCulture, out var set)
            ? set : new BalancerOptions().MaxPairs;
        if (parsed.GetValue(PairsOption) is var pairs && (pairs < 1 || (pairs > most && parsed.GetValue(SyncxrCommand.MeshOption) is null)))
            throw MeshException.Invalid("--pairs", $"is {pairs}; 1 to {most} is wanted");
    }
}
