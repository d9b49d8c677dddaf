using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Commands.Train;

/// <summary>Follows a training with a progress bar.</summary>
internal static class TrainingWatcher
{
    /// <summary>Follows a training that this command started: Ctrl-C cancels it.</summary>
    /// <param name="label">What the progress bar calls it.</param>
    public static async Task<TrainingRun> FollowOrCancelAsync(TrainerService.TrainerServiceClient trainer, string name, string label,
        CancellationToken cancellation)
    {
        try
        {
            return await FollowAsync(trainer, name, label, cancellation, hasBegun: true);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            await trainer.CancelTrainingAsync(new CancelTrainingRequest { Name = name }, cancellationToken: CancellationToken.None);
            throw;
        }
    }

    /// <summary>Follows a training that somebody else may have started: Ctrl-C ends the command and leaves the training alone.</summary>
    /// <param name="hasBegun">True where the mesh has answered this command before: then the first break of the watch is waited for
    /// too.</param>
    public static async Task<TrainingRun> FollowAsync(TrainerService.TrainerServiceClient trainer, string name, string label,
        CancellationToken cancellation, bool hasBegun = false)
    {
        using var progress = ProgressBar.Start(label);
        var run = new TrainingRun();
        var answers = MeshWatch.FollowAsync(
            () => trainer.WatchTraining(new WatchTrainingRequest { Name = name }, cancellationToken: cancellation), hasBegun, cancellation);
        await foreach (var answer in answers)
        {
            run = answer.Training;
            if (run.State == TrainingState.Queued)
                progress.ShowDetail("waiting for a free trainer");
            else if (run is { Progress: { } p, Statistics: { } s })
                progress.ShowCount(p.Done, p.Total,
                    string.Create(CultureInfo.InvariantCulture,
                        $"{p.Activity}{FormatLoss(s)}{FormatValidationLoss(s)} {s.SamplesPerSecond:0.0}/s "
                            + $"{p.Remaining?.ToTimeSpan() ?? TimeSpan.Zero:hh\\:mm\\:ss} left"));
        }

        return run;
    }

    /// <summary>
    /// Why a run failed, as the refusal that it would have been before it began; null where the request was not at fault.
    /// </summary>
    public static MeshException? ToInputException(TrainingRun run) => run.Failure is { Fields.Count: > 0 } failure
        ? new MeshException(ErrorReasons.InvalidField, failure.Message,
            [.. failure.Fields.Select(f => new FieldViolation(f, failure.Message))])
        : null;

    /// <summary>Every step of a run so far.</summary>
    public static async Task<IReadOnlyList<CurvePoint>> ReadCurveAsync(TrainerService.TrainerServiceClient trainer, string name,
        CancellationToken cancellation)
    {
        using var read = trainer.ReadTrainingCurve(new ReadTrainingCurveRequest { Name = name }, cancellationToken: cancellation);
        var points = new List<CurvePoint>();
        await foreach (var part in read.ResponseStream.ReadAllAsync(cancellation))
            points.AddRange(part.Points);
        return points;
    }

    /// <summary>Captions and exports have none.</summary>
    private static string FormatLoss(TrainingStatistics p) => double.IsFinite(p.Loss) && p.Loss != 0
        ? string.Create(CultureInfo.InvariantCulture, $" loss {p.Loss:0.0000}") : "";

    private static string FormatValidationLoss(TrainingStatistics p) =>
        p.HasValidationLoss ? string.Create(CultureInfo.InvariantCulture, $", held out {p.ValidationLoss:0.0000},") : "";
}
