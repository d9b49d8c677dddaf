using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Commands.Dataset.Audit;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>
/// <c>dataset create | get | list | watch | cancel | resume | export</c> call a mesh; verify, replay and diff work on sealed folders.
/// </summary>
internal static class DatasetCommand
{
    private static readonly Argument<string> _nameArgument = new("name")
    {
        Description = "Name of the data set: datasets/{id}, or the id alone.",
    };
    private static readonly Option<FileInfo> _fileOption = new("--file", "-f")
    {
        Description = "YAML file with the spec of the data set.",
        Required = true,
    };
    private static readonly Option<bool> _watchOption = new("--watch")
    {
        Description = "Wait until the data set is sealed, and show the progress.",
    };
    private static readonly Option<bool> _validateOnlyOption = new("--validate-only")
    {
        Description = "Check the spec and plan its entity sets, but make nothing.",
    };
    private static readonly Option<string> _requestIdOption = new("--request-id")
    {
        Description = "Id of the request: a second one with the same id and spec returns the data set of the first.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _resumeIdOption = new("--request-id")
    {
        Description = "Id of the request: a second one with the same id resumes nothing and shows the data set.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<int> _limitOption = new("--limit")
    {
        Description = "How many to list at most.",
        DefaultValueFactory = _ => 50,
    };

    private static readonly FieldOptionTranslator _fields = new(new Dictionary<string, string>
    {
        ["page_size"] = _limitOption.Name,
        ["request_id"] = _requestIdOption.Name,
    });

    public static Command Build()
    {
        var create = new Command("create", "Make a data set from a spec.")
        {
            _fileOption, _watchOption, _validateOnlyOption, _requestIdOption,
        };
        var list = new Command("list", "List data sets, newest first.") { _limitOption };
        return new Command("dataset", "Make, list and check data sets.")
        {
            create.WithAction(CreateAsync, _fields),
            new Command("get", "Show one data set.") { _nameArgument }.WithAction(GetAsync),
            list.WithAction(ListAsync, _fields),
            new Command("watch", "Follow a data set until it ends or is paused.") { _nameArgument }.WithAction(WatchAsync),
            new Command("cancel", "Cancel a data set that is being made.") { _nameArgument }.WithAction(CancelAsync),
            new Command("resume", "Go on with a paused data set, with all that was made.") { _nameArgument, _watchOption, _resumeIdOption }
                .WithAction(ResumeAsync, _fields),
            DatasetExportCommand.Build(_nameArgument),
            DatasetFolderCommands.BuildVerify(),
            DatasetFolderCommands.BuildReplay(),
            DatasetFolderCommands.BuildDiff(),
            DatasetAuditCommand.Build(),
        };
    }

    private static async Task<(int, JsonObject?)> CreateAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        if (parsed.GetValue(_validateOnlyOption))
            OptionUseValidator.ThrowIfTyped(parsed, $"with {_validateOnlyOption.Name}, which makes nothing", _watchOption);
        var yaml = await PathArgumentValidator.ReadTextAsync("--file", parsed.GetValue(_fileOption)!, cancellation);
        var spec = ProtoYaml.Parse<DatasetSpec>(yaml, "spec");
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new DatasetService.DatasetServiceClient(mesh.Invoker);
        var request = new CreateDatasetRequest
        {
            Spec = spec,
            RequestId = parsed.GetValue(_requestIdOption)!,
            ValidateOnly = parsed.GetValue(_validateOnlyOption),
        };
        // Ctrl-C cancels a check. It does not cancel the call that creates a data set: only its answer has the name to cancel the set by.
        var callCancellation = request.ValidateOnly ? cancellation : CancellationToken.None;
        var dataset = (await client.CreateDatasetAsync(request, cancellationToken: callCancellation)).Dataset;
        // A mesh inside this process ends with the command, so the command must wait for the data set.
        if (!request.ValidateOnly)
        {
            var follow = parsed.GetValue(_watchOption) || mesh.IsInProcess;
            dataset = await DatasetWatcher.FollowOrCancelAsync(client, dataset, follow, cancellation);
        }

        if (request.ValidateOnly)
            ConsoleWriter.WriteLine(json,
                $"The spec is valid: {dataset.Spec.Pairs} pairs were planned, and nothing was made. Its digest is {dataset.SpecDigest}.");
        else
            DatasetTable.Print(json, dataset);
        return (DatasetTable.ExitCode(dataset, request.ValidateOnly || !parsed.GetValue(_watchOption)), DatasetTable.ToJson(dataset));
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
        var datasets = await PageReader.ReadAsync<ImageReportDataset>(parsed.GetValue(_limitOption), async (size, token) =>
        {
            var page = await client.ListDatasetsAsync(new ListDatasetsRequest { PageSize = size, PageToken = token },
                cancellationToken: cancellation);
            return (page.Datasets, page.NextPageToken);
        });
        ConsoleWriter.WriteTable(parsed.GetValue(SyncxrCommand.JsonOption), "", ["name", "state", "accepted", "pairs", "root", "title"],
            datasets.Select(
                d => new[] { d.Name, StateFormatter.Format(d.State), $"{d.Counts.Accepted}", $"{d.Spec.Pairs}",
                    d.Root.Length > 12 ? d.Root[..12] : "", d.Spec.Title }));
        return (ExitCodes.Ok, new JsonObject { ["datasets"] = new JsonArray([.. datasets.Select(DatasetTable.ToJson)]) });
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
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption), $"{dataset.Name} {StateFormatter.Format(dataset.State)}");
        return (ExitCodes.Ok, DatasetTable.ToJson(dataset));
    }

    private static async Task<(int, JsonObject?)> ResumeAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new DatasetService.DatasetServiceClient(mesh.Invoker);
        var request = new ResumeDatasetRequest { Name = ResourceName(parsed), RequestId = parsed.GetValue(_resumeIdOption)! };
        var dataset = (await client.ResumeDatasetAsync(request, cancellationToken: cancellation)).Dataset;
        // A mesh inside this process ends with the command, so the command must wait for the data set.
        var follow = parsed.GetValue(_watchOption) || mesh.IsInProcess;
        if (follow)
            dataset = await DatasetWatcher.FollowAsync(client, dataset.Name, cancellation);
        DatasetTable.Print(parsed.GetValue(SyncxrCommand.JsonOption), dataset);
        return (DatasetTable.ExitCode(dataset, !follow), DatasetTable.ToJson(dataset));
    }

    private static string ResourceName(ParseResult parsed) => ToResourceName(parsed.GetValue(_nameArgument)!);

    /// <summary>The name of a data set whose id may be given alone.</summary>
    public static string ToResourceName(string name) =>
        name.StartsWith("datasets/", StringComparison.Ordinal) ? name : "datasets/" + name;
}
