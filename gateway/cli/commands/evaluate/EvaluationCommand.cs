using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary><c>evaluation get | list | watch | cancel</c>: evaluations of the mesh, whatever started them.</summary>
internal static class EvaluationCommand
{
    private static readonly Argument<string> _nameArgument = new("name")
    {
        Description = "Name of the evaluation: evaluations/{id}, or the id alone.",
    };
    private static readonly Option<int> _limitOption = new("--limit")
    {
        Description = "How many to list at most.",
        DefaultValueFactory = _ => 50,
    };
    private static readonly Option<DirectoryInfo?> _outOption = new("--out")
    {
        Description = "Folder for its files. Default: the figures are only printed.",
    };

    private static readonly FieldOptionTranslator _fields = new(new Dictionary<string, string> { ["page_size"] = _limitOption.Name });

    public static Command Build() => new("evaluation", "Show, list and cancel evaluations. `evaluate` and `model report` start one.")
    {
        new Command("get", "Show one evaluation with its figures so far.") { _nameArgument, _outOption }.WithAction(GetAsync),
        new Command("list", "List evaluations, newest first.") { _limitOption }.WithAction(ListAsync, _fields),
        new Command("watch", "Follow an evaluation until it ends.") { _nameArgument }.WithAction(WatchAsync),
        new Command("cancel", "Cancel an evaluation; what it trained and rendered stays in its cache.") { _nameArgument }
            .WithAction(CancelAsync),
    };

    private static async Task<(int, JsonObject?)> GetAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        if (parsed.GetValue(_outOption) is { } into)
            PathArgumentValidator.CreateWorkFolder(_outOption.Name, into.FullName);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = CreateClient(mesh);
        var evaluation = (await client.GetEvaluationAsync(new GetEvaluationRequest { Name = ResourceName(parsed) },
            cancellationToken: cancellation)).Evaluation;
        EvaluationTable.Print(json, evaluation);
        if (parsed.GetValue(_outOption) is { } folder)
            await EvaluationWatcher.WriteArtifactsAsync(client, evaluation, folder.FullName, json, cancellation);
        return (ExitCodes.Ok, EvaluationTable.ToJson(evaluation));
    }

    private static async Task<(int, JsonObject?)> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = CreateClient(mesh);
        var evaluations = await PageReader.ReadAsync<Evaluation>(parsed.GetValue(_limitOption), async (size, token) =>
        {
            var page = await client.ListEvaluationsAsync(new ListEvaluationsRequest { PageSize = size, PageToken = token },
                cancellationToken: cancellation);
            return (page.Evaluations, page.NextPageToken);
        });
        ConsoleWriter.WriteTable(parsed.GetValue(SyncxrCommand.JsonOption), "", ["name", "state", "task", "models", "figures", "cause"],
            evaluations.Select(
                e => new[] { e.Name, StateFormatter.Format(e.State), $"{e.Spec.TaskCase}", string.Join(", ", e.Models.Select(m => m.Model)),
                    $"{e.Figures.Count}", e.Cause }));
        return (ExitCodes.Ok, new JsonObject { ["evaluations"] = new JsonArray([.. evaluations.Select(EvaluationTable.ToJson)]) });
    }

    private static async Task<(int, JsonObject?)> WatchAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var evaluation = await EvaluationWatcher.FollowAsync(CreateClient(mesh), ResourceName(parsed), cancellation);
        EvaluationTable.Print(parsed.GetValue(SyncxrCommand.JsonOption), evaluation);
        return (EvaluationTable.ExitCode(evaluation), EvaluationTable.ToJson(evaluation));
    }

    private static async Task<(int, JsonObject?)> CancelAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var evaluation = (await CreateClient(mesh).CancelEvaluationAsync(new CancelEvaluationRequest { Name = ResourceName(parsed) },
            cancellationToken: cancellation)).Evaluation;
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption), $"{evaluation.Name} {StateFormatter.Format(evaluation.State)}");
        return (ExitCodes.Ok, EvaluationTable.ToJson(evaluation));
    }

    private static EvaluatorService.EvaluatorServiceClient CreateClient(MeshConnection mesh) => new(mesh.Invoker);

    private static string ResourceName(ParseResult parsed) =>
        parsed.GetValue(_nameArgument)! is var name && name.StartsWith("evaluations/", StringComparison.Ordinal)
            ? name : "evaluations/" + name;
}
