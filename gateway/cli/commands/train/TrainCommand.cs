using System.CommandLine;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Commands.Train;

/// <summary><c>train</c>: a training run, watched to its end. Run it again with the same name to go on after a stop.</summary>
internal static class TrainCommand
{
    private static readonly Option<string> _recipe = new("--recipe")
    {
        Description = "latent-diffusion, quality-judge, convirt or gloria.",
        Required = true,
    };
    private static readonly Option<string> _preset = new("--preset")
    {
        Description = "Size and length.",
        DefaultValueFactory = _ => "tiny",
    };
    private static readonly Option<string[]> _data = new("--data")
    {
        Description = "Folder with training images. May be given many times.",
        Required = true,
    };
    private static readonly Option<string> _name = new("--name") { Description = "Name of the model that comes out.", Required = true };
    private static readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Seed of weights, order and noise.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<long?> _steps = new("--steps") { Description = "Overrides the preset's steps." };
    private static readonly Option<string[]> _layout = new("--layout")
    {
        Description = "How a --data folder is laid out: folders, nih, dataset, ... For convirt and gloria; once for all, or once a --data.",
    };
    private static readonly Option<string[]> _labels = new("--labels")
    {
        Description = "Table of labels of a layout that has one; once for all, or once a --data.",
    };
    private static readonly Option<double[]> _weight = new("--weight")
    {
        Description = "Share of a --data in the mix, 1 if not given; once a --data.",
    };
    private static readonly Option<double[]> _share = new("--share")
    {
        Description = "Share of the patients of a --data that is used, 1 if not given; once for all, or once a --data.",
    };
    private static readonly Option<string[]> _validation = new("--validation")
    {
        Description =
            "Folder, laid out as the first --data, that the best weights are chosen by. Without it a twentieth of the patients is held out.",
    };
    private static readonly Option<double?> _epochs = new("--epochs")
    {
        Description = "Train a mix for so many passes over the data instead of a number of steps.",
    };
    private static readonly Option<string> _imageWeights = new("--image-weights")
    {
        Description =
            "Safetensors file that the image encoder starts from: torchvision's layout, or weights.safetensors of a model folder.",
    };
    private static readonly Option<string> _textWeights = new("--text-weights")
    {
        Description = "Folder of the BERT that the text encoder starts from.",
    };
    private static readonly Option<string[]> _frozen = new("--frozen")
    {
        Description = "Beginning of the names of parameters that stay as they came: image., text.encoder.layer.0. May be given many times.",
    };
    private static readonly Option<bool> _validateOnly = new("--validate-only") { Description = "Check the request, train nothing." };

    public static Command Build() =>
        new Command("train", "Train a model by recipe, watch it, export it.") { _recipe, _preset, _data, _layout, _labels, _weight, _share,
            _validation, _name, _seed, _steps, _epochs, _imageWeights, _textWeights, _frozen, _validateOnly }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var trainer = new TrainerService.TrainerServiceClient(mesh.Invoker);
        var spec = new TrainingSpec
        {
            Recipe = parsed.GetValue(_recipe)!,
            Preset = parsed.GetValue(_preset)!,
            ModelName = parsed.GetValue(_name)!,
            Seed = parsed.GetValue(_seed),
        };
        AddDataSources(spec, parsed);
        if (parsed.GetValue(_steps) is { } steps)
            spec.Steps = steps;
        var created = await trainer.CreateTrainingAsync(
            new CreateTrainingRequest { Spec = spec, ValidateOnly = parsed.GetValue(_validateOnly) }, cancellationToken: cancellation);
        if (parsed.GetValue(_validateOnly))
        {
            ConsoleWriter.WriteLine(json, "the request is good");
            return (ExitCodes.Ok, new JsonObject { ["valid"] = true });
        }

        var run = await TrainingWatcher.FollowOrCancelAsync(trainer, created.Training.Name, "training", cancellation);
        if (TrainingWatcher.ToInputException(run) is { } refusal)
            throw refusal;
        ConsoleWriter.WriteLine(json,
            run.State == TrainingState.Succeeded ? $"{run.ModelFolder}  digest {run.ModelDigest}" : $"{run.State}: {run.Error}");
        return (run.State == TrainingState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed, new JsonObject
        {
            ["training"] = run.Name,
            ["state"] = run.State.ToString(),
            ["model_folder"] = run.ModelFolder,
            ["model_digest"] = run.ModelDigest,
            ["skipped_steps"] = run.Progress?.SkippedSteps ?? 0,
        });
    }

    /// <summary>Folders for the recipes that read folders, sources where a layout is given.</summary>
    private static void AddDataSources(TrainingSpec spec, ParseResult parsed)
    {
        string[] data = [.. (parsed.GetValue(_data) ?? []).Select(Path.GetFullPath)];
        if (parsed.GetValue(_layout) is not { Length: > 0 } layouts)
        {
            spec.Data.AddRange(data);
            return;
        }

        var (labels, weights, shares) = (parsed.GetValue(_labels) ?? [], parsed.GetValue(_weight) ?? [], parsed.GetValue(_share) ?? []);
        for (var i = 0; i < data.Length; i++)
        {
            var source = new DataSource { Layout = ValueForFolder(layouts, i, data.Length, _layout)!, Folder = data[i] };
            if (ValueForFolder(labels, i, data.Length, _labels) is { Length: > 0 } table)
                source.Labels = Path.GetFullPath(table);
            if (weights.Length > 0)
                source.Weight = ValueForFolder(weights, i, data.Length, _weight);
            if (shares.Length > 0)
                source.Share = ValueForFolder(shares, i, data.Length, _share);
            spec.Sources.Add(source);
        }

        foreach (var folder in parsed.GetValue(_validation) ?? [])
        {
            var validation = new DataSource(spec.Sources[0]) { Folder = Path.GetFullPath(folder) };
            validation.ClearShare();
            spec.Validation.Add(validation);
        }

        if (parsed.GetValue(_epochs) is { } epochs)
            (spec.MixLength, spec.Epochs) = (MixLength.EqualEpochs, epochs);
        spec.ImageWeights = parsed.GetValue(_imageWeights) is { Length: > 0 } image ? Path.GetFullPath(image) : "";
        spec.TextWeights = parsed.GetValue(_textWeights) is { Length: > 0 } text ? Path.GetFullPath(text) : "";
        spec.Frozen.Add(parsed.GetValue(_frozen) ?? []);
    }

    /// <summary>The value of the i-th folder: its own, or the one for all; nothing where none was given.</summary>
    private static T? ValueForFolder<T>(T[] given, int i, int folders, Option<T[]> option) => given.Length switch
    {
        0 => default,
        1 => given[0],
        var n when n == folders => given[i],
        var n =>
            throw new RpcException(new Status(StatusCode.InvalidArgument,
                $"{option.Name}: given {n} times for {folders} --data; give it once, or once a --data")),
    };
}
