using System.Globalization;
using Grpc.Core;
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
            return await FollowAsync(trainer, name, label, cancellation);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            await trainer.CancelTrainingAsync(new CancelTrainingRequest { Name = name }, cancellationToken: CancellationToken.None);
            throw;
        }
    }

    /// <summary>Follows a training that somebody else may have started: Ctrl-C ends the command and leaves the training alone.</summary>
    public static async Task<TrainingRun> FollowAsync(TrainerService.TrainerServiceClient trainer, string name, string label,
        CancellationToken cancellation)
    {
        using var progress = ProgressBar.Start(label);
        var run = new TrainingRun();
        using var watch = trainer.WatchTraining(new WatchTrainingRequest { Name = name }, cancellationToken: cancellation);
        await foreach (var answer in watch.ResponseStream.ReadAllAsync(cancellation))
        {
            run = answer.Training;
            if (run.State == TrainingState.Queued)
                progress.ShowDetail("waiting for a free trainer");
            else if (run.Progress is { } p)
                progress.ShowCount(p.Step, p.Steps,
                    string.Create(CultureInfo.InvariantCulture,
                        $"{p.Phase}{FormatLoss(p)}{FormatValidationLoss(p)} {p.SamplesPerSecond:0.0}/s "
                            + $"{TimeSpan.FromSeconds(p.EtaSeconds):hh\\:mm\\:ss} left"));
        }

        return run;
    }

    /// <summary>
    /// Why a run failed, as the refusal that it would have been before it began; null where the request was not at fault.
    /// </summary>
    public static MeshException? ToInputException(TrainingRun run) => run.ErrorFields.Count > 0
        ? new MeshException(ErrorReasons.InvalidField, run.Error, [.. run.ErrorFields.Select(f => new FieldViolation(f, run.Error))])
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
    private static string FormatLoss(TrainingProgress p) => double.IsFinite(p.Loss) && p.Loss != 0
        ? string.Create(CultureInfo.InvariantCulture, $" loss {p.Loss:0.0000}") : "";

    private static string FormatValidationLoss(TrainingProgress p) =>
        p.HasValidationLoss ? string.Create(CultureInfo.InvariantCulture, $", held out {p.ValidationLoss:0.0000},") : "";
}
