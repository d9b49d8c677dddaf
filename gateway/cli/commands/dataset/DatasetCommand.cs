using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary><c>dataset create | get | list | watch | cancel | export</c>, over gRPC; verify, replay and diff work on folders.</summary>
internal static class DatasetCommand
{
    private static readonly Argument<string> NameArgument = new("name") { Description = "datasets/{id}, or the id alone." };
    private static readonly Argument<DirectoryInfo> IntoArgument = new("into") { Description = "Folder to write; must not exist." };
    private static readonly Option<FileInfo> FileOption = new("--file", "-f") { Description = "The spec, YAML.", Required = true };
    private static readonly Option<bool> WatchOption = new("--watch") { Description = "Stay until it is sealed." };
    private static readonly Option<bool> ValidateOnlyOption = new("--validate-only") { Description = "Check and plan; store nothing." };
    private static readonly Option<string> RequestIdOption = new("--request-id")
    {
        Description = "Same id and spec, same data set.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<int> LimitOption = new("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50 };

    public static Command Build()
    {
        var create = new Command("create", "Create a data set from a spec.") { FileOption, WatchOption, ValidateOnlyOption, RequestIdOption };
        var list = new Command("list", "List data sets, newest first.") { LimitOption };
        return new Command("dataset", "Data sets.")
        {
            create.WithAction(CreateAsync),
            new Command("get", "Show one data set.") { NameArgument }.WithAction(GetAsync),
            list.WithAction(ListAsync),
            new Command("watch", "Follow a data set until it ends.") { NameArgument }.WithAction(WatchAsync),
            new Command("cancel", "Stop the work on a data set.") { NameArgument }.WithAction(CancelAsync),
            new Command("export", "Copy a sealed data set into a folder, over gRPC, verified.") { NameArgument, IntoArgument }.WithAction(ExportAsync),
            DatasetFolderCommands.BuildVerify(),
            DatasetFolderCommands.BuildReplay(),
            DatasetFolderCommands.BuildDiff(),
        };
    }

    private static async Task<(int, JsonObject?)> CreateAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var spec = ProtoYaml.Parse<DatasetSpec>(await PathArgumentValidator.ReadTextAsync("--file", parsed.GetValue(FileOption)!, cancellation),
            "spec");
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new DatasetService.DatasetServiceClient(mesh.Invoker);
        var request = new CreateDatasetRequest
        {
            Spec = spec,
            RequestId = parsed.GetValue(RequestIdOption)!,
            ValidateOnly = parsed.GetValue(ValidateOnlyOption),
        };
        // Ctrl-C breaks off a check, but not the making: what it makes needs a name to be cancelled by.
        var dataset = (await client.CreateDatasetAsync(request,
            cancellationToken: request.ValidateOnly ? cancellation : CancellationToken.None)).Dataset;
        // A mesh inside this command ends with it, so the work must be awaited there.
        if (!request.ValidateOnly)
            dataset = await DatasetWatcher.FollowOrCancelAsync(client, dataset, parsed.GetValue(WatchOption) || mesh.IsInProcess, cancellation);
        DatasetTable.Print(json, dataset);
        return (DatasetTable.ExitCode(dataset, request.ValidateOnly || !parsed.GetValue(WatchOption)), DatasetTable.ToJson(dataset));
    }

    private static async Task<(int, JsonObject?)> GetAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new DatasetService.DatasetServiceClient(mesh.Invoker);
        var dataset = (await client.GetDatasetAsync(new GetDatasetRequest { Name = ResourceName(parsed) },
            cancellationToken: cancellation)).Dataset;
        DatasetTable.Print(parsed.GetValue(SyncxrCommand.JsonOption), dataset);
        return (ExitCodes.Ok, DatasetTable.ToJson(dataset));
    }

    private static async Task<(int, JsonObject?)> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new DatasetService.DatasetServiceClient(mesh.Invoker);
        var answer = await client.ListDatasetsAsync(new ListDatasetsRequest { PageSize = parsed.GetValue(LimitOption) },
            cancellationToken: cancellation);
        ConsoleWriter.WriteTable(parsed.GetValue(SyncxrCommand.JsonOption), "", ["name", "state", "accepted", "pairs", "root", "title"],
            answer.Datasets.Select(
                d => new[] { d.Name, d.State.ToString(), $"{d.Progress.Accepted}", $"{d.Spec.Pairs}",
                    d.Root.Length > 12 ? d.Root[..12] : "", d.Spec.Title }));
        return (ExitCodes.Ok, new JsonObject { ["datasets"] = new JsonArray([.. answer.Datasets.Select(DatasetTable.ToJson)]) });
    }

    private static async Task<(int, JsonObject?)> WatchAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var dataset = await DatasetWatcher.FollowAsync(new DatasetService.DatasetServiceClient(mesh.Invoker), ResourceName(parsed),
            cancellation);
        DatasetTable.Print(parsed.GetValue(SyncxrCommand.JsonOption), dataset);
        return (DatasetTable.ExitCode(dataset, false), DatasetTable.ToJson(dataset));
    }

    private static async Task<(int, JsonObject?)> CancelAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new DatasetService.DatasetServiceClient(mesh.Invoker);
        var dataset = (await client.CancelDatasetAsync(new CancelDatasetRequest { Name = ResourceName(parsed) },
            cancellationToken: cancellation)).Dataset;
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption), $"{dataset.Name} {dataset.State}");
        return (ExitCodes.Ok, DatasetTable.ToJson(dataset));
    }

    private static async Task<(int, JsonObject?)> ExportAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var into = PathArgumentValidator.ValidateNewFolder("into", parsed.GetValue(IntoArgument)!);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var files = await DatasetExporter.ExportAsync(new DatasetService.DatasetServiceClient(mesh.Invoker), ResourceName(parsed), into,
            cancellation);
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption), $"{into}: {files} files, every digest checked");
        return (ExitCodes.Ok, new JsonObject { ["folder"] = into, ["files"] = files });
    }

    private static string ResourceName(ParseResult parsed) =>
        parsed.GetValue(NameArgument)! is var name && name.StartsWith("datasets/", StringComparison.Ordinal) ? name : "datasets/" + name;
}
