using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Commands.Train;

/// <summary><c>training get | list | watch | cancel | curve</c>: trainings of the mesh, whatever started them.</summary>
internal static class TrainingCommand
{
    private static readonly Argument<string> _nameArgument = new("name")
    {
        Description = "Name of the training: trainings/{id}, or the id alone.",
    };
    private static readonly Option<int> _limitOption = new("--limit")
    {
        Description = "How many to list at most.",
        DefaultValueFactory = _ => 50,
    };

    private static readonly FieldOptionTranslator _fields = new(new Dictionary<string, string> { ["page_size"] = _limitOption.Name });

    public static Command Build() => new("training", "Show, list and cancel trainings. `train` starts one.")
    {
        new Command("get", "Show one training.") { _nameArgument }.WithAction(GetAsync),
        new Command("list", "List trainings, newest first.") { _limitOption }.WithAction(ListAsync, _fields),
        new Command("watch", "Follow a training until it ends.") { _nameArgument }.WithAction(WatchAsync),
        new Command("cancel", "Cancel a training after its current step; the same training goes on from there.") { _nameArgument }
            .WithAction(CancelAsync),
        new Command("curve", "Print the loss of every step so far.") { _nameArgument }.WithAction(CurveAsync),
    };

    private static async Task<(int, JsonObject?)> GetAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var run = (await CreateClient(mesh).GetTrainingAsync(new GetTrainingRequest { Name = ResourceName(parsed) },
            cancellationToken: cancellation)).Training;
        TrainingTable.Print(parsed.GetValue(SyncxrCommand.JsonOption), run);
        return (ExitCodes.Ok, TrainingTable.ToJson(run));
    }

    private static async Task<(int, JsonObject?)> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = CreateClient(mesh);
        var trainings = await PageReader.ReadAsync<TrainingRun>(parsed.GetValue(_limitOption), async (size, token) =>
        {
            var page = await client.ListTrainingsAsync(new ListTrainingsRequest { PageSize = size, PageToken = token },
                cancellationToken: cancellation);
            return (page.Trainings, page.NextPageToken);
        });
        ConsoleWriter.WriteTable(parsed.GetValue(SyncxrCommand.JsonOption), "",
            ["name", "state", "recipe", "preset", "model", "step", "cause"],
            trainings.Select(
                t => new[] { t.Name, StateFormatter.Format(t.State), t.Spec.Recipe, t.Spec.Preset, t.Spec.ModelName,
                    TrainingTable.FormatStep(t), t.Cause }));
        return (ExitCodes.Ok, new JsonObject { ["trainings"] = new JsonArray([.. trainings.Select(TrainingTable.ToJson)]) });
    }

    private static async Task<(int, JsonObject?)> WatchAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var run = await TrainingWatcher.FollowAsync(CreateClient(mesh), ResourceName(parsed), "training", cancellation);
        TrainingTable.Print(parsed.GetValue(SyncxrCommand.JsonOption), run);
        return (TrainingTable.ExitCode(run), TrainingTable.ToJson(run));
    }

    private static async Task<(int, JsonObject?)> CancelAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var run = (await CreateClient(mesh).CancelTrainingAsync(new CancelTrainingRequest { Name = ResourceName(parsed) },
            cancellationToken: cancellation)).Training;
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption), $"{run.Name} {StateFormatter.Format(run.State)}");
        return (ExitCodes.Ok, TrainingTable.ToJson(run));
    }

    private static async Task<(int, JsonObject?)> CurveAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var points = await TrainingWatcher.ReadCurveAsync(CreateClient(mesh), ResourceName(parsed), cancellation);
        ConsoleWriter.WriteTable(parsed.GetValue(SyncxrCommand.JsonOption), "",
            ["phase", "step", "loss", "held out", "learning rate", "skipped"],
            points.Select(
                p => new[] { TrainingTable.PhaseName(p.Phase), $"{p.Step}", FormatNumber(p.Loss),
                    p.HasValidationLoss ? FormatNumber(p.ValidationLoss) : "",
                    FormatNumber(p.LearningRate), $"{p.SkippedSteps}" }));
        return (ExitCodes.Ok,
            new JsonObject { ["training"] = ResourceName(parsed), ["points"] = new JsonArray([.. points.Select(TrainingTable.ToJson)]) });
    }

    private static TrainerService.TrainerServiceClient CreateClient(MeshConnection mesh) => new(mesh.Invoker);

    private static string FormatNumber(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string ResourceName(ParseResult parsed) =>
        parsed.GetValue(_nameArgument)! is var name && name.StartsWith("trainings/", StringComparison.Ordinal) ? name : "trainings/" + name;
}
