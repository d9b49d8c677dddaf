using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Show;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Verbs;

/// <summary><c>training get | list | watch | cancel | curve</c>: runs, however they were started.</summary>
internal static class TrainingCommand
{
    private static readonly Argument<string> _name = new("name") { Description = "trainings/{id}, or the id alone." };
    private static readonly Option<int> _limit = new("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50 };

    public static Command Build() => new("training", "Training runs; `train` starts one.")
    {
        new Command("get", "Show one run.") { _name }.Does(GetAsync),
        new Command("list", "List runs, newest first.") { _limit }.Does(ListAsync),
        new Command("watch", "Follow a run until it ends.") { _name }.Does(WatchAsync),
        new Command("cancel", "Stop a run after its current step; the same training goes on from there.") { _name }.Does(CancelAsync),
        new Command("curve", "Print every step of a run so far.") { _name }.Does(CurveAsync),
    };

    private static async Task<(int, JsonObject?)> GetAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var run = (await Client(mesh).GetTrainingAsync(new GetTrainingRequest { Name = Name(parsed) }, cancellationToken: cancellation)).Training;
        TrainingSummary.Print(parsed.GetValue(SyncxrCommand.Json), run);
        return (ExitCodes.Ok, TrainingSummary.ToJson(run));
    }

    private static async Task<(int, JsonObject?)> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var answer = await Client(mesh).ListTrainingsAsync(new ListTrainingsRequest { PageSize = parsed.GetValue(_limit) }, cancellationToken: cancellation);
        Sheet.Table(parsed.GetValue(SyncxrCommand.Json), "", ["name", "state", "recipe", "preset", "model", "step", "cause"],
            answer.Trainings.Select(t => new[] { t.Name, t.State.ToString(), t.Spec.Recipe, t.Spec.Preset, t.Spec.ModelName, TrainingSummary.Step(t), t.Cause }));
        return (ExitCodes.Ok, new JsonObject { ["trainings"] = new JsonArray([.. answer.Trainings.Select(TrainingSummary.ToJson)]) });
    }

    private static async Task<(int, JsonObject?)> WatchAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var run = await TrainingRuns.FollowAsync(Client(mesh), Name(parsed), "training", cancellation);
        TrainingSummary.Print(parsed.GetValue(SyncxrCommand.Json), run);
        return (TrainingSummary.Code(run), TrainingSummary.ToJson(run));
    }

    private static async Task<(int, JsonObject?)> CancelAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var run = (await Client(mesh).CancelTrainingAsync(new CancelTrainingRequest { Name = Name(parsed) }, cancellationToken: cancellation)).Training;
        Sheet.Line(parsed.GetValue(SyncxrCommand.Json), $"{run.Name} {run.State}");
        return (ExitCodes.Ok, TrainingSummary.ToJson(run));
    }

    private static async Task<(int, JsonObject?)> CurveAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var points = await TrainingRuns.CurveAsync(Client(mesh), Name(parsed), cancellation);
        Sheet.Table(parsed.GetValue(SyncxrCommand.Json), "", ["phase", "step", "loss", "held out", "learning rate", "skipped"],
            points.Select(p => new[] { p.Phase, $"{p.Step}", Number(p.Loss), p.HasValidationLoss ? Number(p.ValidationLoss) : "", Number(p.LearningRate), $"{p.SkippedSteps}" }));
        return (ExitCodes.Ok, new JsonObject { ["training"] = Name(parsed), ["points"] = new JsonArray([.. points.Select(TrainingSummary.ToJson)]) });
    }

    private static TrainerService.TrainerServiceClient Client(MeshConnection mesh) => new(mesh.Invoker);

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Name(ParseResult parsed) =>
        parsed.GetValue(_name)! is var name && name.StartsWith("trainings/", StringComparison.Ordinal) ? name : "trainings/" + name;
}
