using System.CommandLine;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Commands.Train;

/// <summary>
/// <c>train</c>: starts a training and follows it to its end. Run again with the same options, it goes on where it was stopped.
/// </summary>
internal static class TrainCommand
{
    private static readonly Option<string> _recipeOption = new("--recipe")
    {
        Description = "What to train: latent-diffusion, quality-judge, convirt or gloria.",
        Required = true,
    };
    private static readonly Option<string> _presetOption = new("--preset")
    {
        Description = "Preset of the recipe: size of the networks and length of the training.",
        DefaultValueFactory = _ => "tiny",
    };
    private static readonly Option<string[]> _dataOption = new("--data")
    {
        Description = "Folder of training data. Repeat it for several.",
        Required = true,
    };
    private static readonly Option<string> _nameOption = new("--name")
    {
        Description = "Name of the trained model.",
        Required = true,
    };
    private static readonly Option<ulong> _seedOption = new("--seed")
    {
        Description = "Seed of initial weights, order of the data and noise.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<long?> _stepsOption = new("--steps")
    {
        Description = "Number of optimiser steps. Default: the preset's.",
    };
    private static readonly Option<string[]> _layoutOption = new("--layout")
    {
        Description =
            "For convirt and gloria: layout of a --data folder (folders, nih, dataset, …). Once for all, or once for each --data.",
    };
    private static readonly Option<string[]> _labelsOption = new("--labels")
    {
        Description = "Table of labels, where the layout has one. Once for all, or once for each --data.",
    };
    private static readonly Option<double[]> _weightOption = new("--weight")
    {
        Description = "Weight of a --data folder in the mix. Once for each --data. Default: 1.",
    };
    private static readonly Option<double[]> _shareOption = new("--share")
    {
        Description = "Share of the patients of a --data folder to use. Once for all, or once for each --data. Default: 1.",
    };
    private static readonly Option<string[]> _validationOption = new("--validation")
    {
        Description =
            "Folder of validation data, in the layout of the first --data: the weights with the lowest loss on it are kept. "
            + "Default: a twentieth of the patients.",
    };
    private static readonly Option<double?> _epochsOption = new("--epochs")
    {
        Description = "Number of passes over the data, instead of --steps.",
    };
    private static readonly Option<string> _imageWeightsOption = new("--image-weights")
    {
        Description =
            "Safetensors file of the initial image encoder: in torchvision's layout, or weights.safetensors of a model folder.",
    };
    private static readonly Option<string> _textWeightsOption = new("--text-weights")
    {
        Description = "Folder of the BERT that the text encoder is initialised with.",
    };
    private static readonly Option<string[]> _frozenOption = new("--frozen")
    {
        Description = "Prefix of the parameters to freeze, such as image. or text.encoder.layer.0. Repeat it for several.",
    };
    private static readonly Option<bool> _validateOnlyOption = new("--validate-only")
    {
        Description = "Check the request, but train nothing.",
    };

    public static Command Build() =>
        new Command("train", "Train a model by a recipe, and follow it until it is exported.")
        {
            _recipeOption, _presetOption, _dataOption, _layoutOption, _labelsOption, _weightOption, _shareOption, _validationOption,
            _nameOption,
            _seedOption, _stepsOption, _epochsOption, _imageWeightsOption, _textWeightsOption, _frozenOption, _validateOnlyOption,
        }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var trainer = new TrainerService.TrainerServiceClient(mesh.Invoker);
        var spec = new TrainingSpec
        {
            Recipe = parsed.GetValue(_recipeOption)!,
            Preset = parsed.GetValue(_presetOption)!,
            ModelName = parsed.GetValue(_nameOption)!,
            Seed = parsed.GetValue(_seedOption),
        };
        AddDataSources(spec, parsed);
        if (parsed.GetValue(_stepsOption) is { } steps)
            spec.Steps = steps;
        var created = await trainer.CreateTrainingAsync(
            new CreateTrainingRequest { Spec = spec, ValidateOnly = parsed.GetValue(_validateOnlyOption) },
            cancellationToken: cancellation);
        if (parsed.GetValue(_validateOnlyOption))
        {
            ConsoleWriter.WriteLine(json, "The request is valid; nothing was trained.");
            return (ExitCodes.Ok, new JsonObject { ["valid"] = true });
        }

        var run = await TrainingWatcher.FollowOrCancelAsync(trainer, created.Training.Name, "training", cancellation);
        if (TrainingWatcher.ToInputException(run) is { } refusal)
            throw refusal;
        ConsoleWriter.WriteLine(json,
            run.State == TrainingState.Succeeded ? $"{run.ModelFolder}  digest {run.ModelDigest}" : $"{run.State}: {run.Failure?.Message}");
        return (run.State == TrainingState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed, new JsonObject
        {
            ["training"] = run.Name,
            ["state"] = run.State.ToString(),
            ["model_folder"] = run.ModelFolder,
            ["model_digest"] = run.ModelDigest,
            ["skipped_steps"] = run.Statistics?.SkippedSteps ?? 0,
        });
    }

    /// <summary>
    /// Adds the data: as data sources where a layout is given, else as folders, which the recipes for radiographs alone read.
    /// </summary>
    private static void AddDataSources(TrainingSpec spec, ParseResult parsed)
    {
        string[] data = [.. (parsed.GetValue(_dataOption) ?? []).Select(Path.GetFullPath)];
        if (parsed.GetValue(_layoutOption) is not { Length: > 0 } layouts)
        {
            spec.Data.AddRange(data);
            return;
        }

        var labels = parsed.GetValue(_labelsOption) ?? [];
        var weights = parsed.GetValue(_weightOption) ?? [];
        var shares = parsed.GetValue(_shareOption) ?? [];
        for (var i = 0; i < data.Length; i++)
        {
            var source = new DataSource { Layout = ValueForFolder(layouts, i, data.Length, _layoutOption)!, Name = data[i] };
            if (ValueForFolder(labels, i, data.Length, _labelsOption) is { Length: > 0 } table)
                source.Labels = Path.GetFullPath(table);
            if (weights.Length > 0)
                source.Weight = ValueForFolder(weights, i, data.Length, _weightOption);
            if (shares.Length > 0)
                source.Share = ValueForFolder(shares, i, data.Length, _shareOption);
            spec.Sources.Add(source);
        }

        foreach (var folder in parsed.GetValue(_validationOption) ?? [])
        {
            var validation = new DataSource(spec.Sources[0]) { Name = Path.GetFullPath(folder) };
            validation.ClearShare();
            spec.Validation.Add(validation);
        }

        if (parsed.GetValue(_epochsOption) is { } epochs)
        {
            spec.MixLength = MixLength.EqualEpochs;
            spec.Epochs = epochs;
        }

        spec.ImageWeights = parsed.GetValue(_imageWeightsOption) is { Length: > 0 } image ? Path.GetFullPath(image) : "";
        spec.TextWeights = parsed.GetValue(_textWeightsOption) is { Length: > 0 } text ? Path.GetFullPath(text) : "";
        spec.Frozen.Add(parsed.GetValue(_frozenOption) ?? []);
    }

    /// <summary>The value of an option for the i-th folder: its own one, or the one for all; the default where none was given.</summary>
    private static T? ValueForFolder<T>(T[] given, int i, int folders, Option<T[]> option) => given.Length switch
    {
        0 => default,
        1 => given[0],
        var n when n == folders => given[i],
        var n => throw new RpcException(new Status(
            StatusCode.InvalidArgument,
            $"{option.Name}: Was given {n} times for {folders} --data folders. Give it once, or once for each of them.")),
    };
}
