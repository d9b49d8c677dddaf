using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Show;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Verbs;

/// <summary><c>train</c>: a training run, watched to its end. Run it again with the same name to go on after a stop.</summary>
internal static class TrainCommand
{
    private static readonly Option<string> _recipe = new("--recipe") { Description = "latent-diffusion or quality-judge.", Required = true };
    private static readonly Option<string> _preset = new("--preset") { Description = "Size and length.", DefaultValueFactory = _ => "tiny" };
    private static readonly Option<string[]> _data = new("--data") { Description = "Folder with training images. May be given many times.", Required = true };
    private static readonly Option<string> _name = new("--name") { Description = "Name of the model that comes out.", Required = true };
    private static readonly Option<ulong> _seed = new("--seed") { Description = "Seed of weights, order and noise.", DefaultValueFactory = _ => 1 };
    private static readonly Option<long?> _steps = new("--steps") { Description = "Overrides the preset's steps." };
    private static readonly Option<bool> _check = new("--validate-only") { Description = "Check the request, train nothing." };

    public static Command Build() =>
        new Command("train", "Train a model by recipe, watch it, export it.") { _recipe, _preset, _data, _name, _seed, _steps, _check }.Does(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.Json);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var trainer = new TrainerService.TrainerServiceClient(mesh.Invoker);
        var spec = new TrainingSpec
        {
            Recipe = parsed.GetValue(_recipe)!,
            Preset = parsed.GetValue(_preset)!,
            ModelName = parsed.GetValue(_name)!,
            Seed = parsed.GetValue(_seed),
            Data = { (parsed.GetValue(_data) ?? []).Select(Path.GetFullPath) },
        };
        if (parsed.GetValue(_steps) is { } steps)
            spec.Steps = steps;
        var created = await trainer.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec, ValidateOnly = parsed.GetValue(_check) }, cancellationToken: cancellation);
        if (parsed.GetValue(_check))
        {
            Sheet.Line(json, "the request is good");
            return (ExitCodes.Ok, new JsonObject { ["valid"] = true });
        }

        var run = await WatchAsync(trainer, created.Training.Name, cancellation);
        Sheet.Line(json, run.State == TrainingState.Succeeded ? $"{run.ModelFolder}  digest {run.ModelDigest}" : $"{run.State}: {run.Error}");
        return (run.State == TrainingState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed, new JsonObject
        {
            ["training"] = run.Name,
            ["state"] = run.State.ToString(),
            ["model_folder"] = run.ModelFolder,
            ["model_digest"] = run.ModelDigest,
            ["skipped_steps"] = run.Progress?.SkippedSteps ?? 0,
        });
    }

    private static async Task<TrainingRun> WatchAsync(TrainerService.TrainerServiceClient trainer, string name, CancellationToken cancellation)
    {
        using var progress = Progress.Count("training");
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
