using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Cli.Show;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Verbs;

/// <summary>A training on its way: watched, and cancelled with the command.</summary>
internal static class TrainingRuns
{
    /// <param name="label">What the progress bar calls it.</param>
    public static async Task<TrainingRun> WatchAsync(TrainerService.TrainerServiceClient trainer, string name, string label, CancellationToken cancellation)
    {
        using var progress = Progress.Count(label);
        var run = new TrainingRun();
        try
        {
            using var watch = trainer.WatchTraining(new WatchTrainingRequest { Name = name }, cancellationToken: cancellation);
            await foreach (var answer in watch.ResponseStream.ReadAllAsync(cancellation))
            {
                run = answer.Training;
                if (run.Progress is { } p)
                    progress.Set(p.Step, p.Steps, string.Create(CultureInfo.InvariantCulture, $"{p.Phase} loss {p.Loss:0.0000} {p.SamplesPerSecond:0.0}/s {TimeSpan.FromSeconds(p.EtaSeconds):hh\\:mm\\:ss} left"));
            }
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            await trainer.CancelTrainingAsync(new CancelTrainingRequest { Name = name }, cancellationToken: CancellationToken.None);
            throw;
        }

        return run;
    }
}
