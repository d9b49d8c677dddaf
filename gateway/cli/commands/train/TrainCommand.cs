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
    private static readonly Option<string> RecipeOption = new("--recipe")
    {
        Description = "latent-diffusion, quality-judge, convirt or gloria.",
        Required = true,
    };
    private static readonly Option<string> PresetOption = new("--preset")
    {
        Description = "Size and length.",
        DefaultValueFactory = _ => "tiny",
    };
    private static readonly Option<string[]> DataOption = new("--data")
    {
        Description = "Folder with training images. May be given many times.",
        Required = true,
    };
    private static readonly Option<string> NameOption = new("--name") { Description = "Name of the model that comes out.", Required = true };
    private static readonly Option<ulong> SeedOption = new("--seed")
    {
        Description = "Seed of weights, order and noise.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<long?> StepsOption = new("--steps") { Description = "Overrides the preset's steps." };
    private static readonly Option<string[]> LayoutOption = new("--layout")
    {
        Description = "How a --data folder is laid out: folders, nih, dataset, ... For convirt and gloria; once for all, or once a --data.",
    };
    private static readonly Option<string[]> LabelsOption = new("--labels")
    {
        Description = "Table of labels of a layout that has one; once for all, or once a --data.",
    };
    private static readonly Option<double[]> WeightOption = new("--weight")
    {
        Description = "Share of a --data in the mix, 1 if not given; once a --data.",
    };
    private static readonly Option<double[]> ShareOption = new("--share")
    {
        Description = "Share of the patients of a --data that is used, 1 if not given; once for all, or once a --data.",
    };
    private static readonly Option<string[]> ValidationOption = new("--validation")
    {
        Description =
            "Folder, laid out as the first --data, that the best weights are chosen by. Without it a twentieth of the patients is held out.",
    };
    private static readonly Option<double?> EpochsOption = new("--epochs")
    {
        Description = "Train a mix for so many passes over the data instead of a number of steps.",
    };
    private static readonly Option<string> ImageWeightsOption = new("--image-weights")
    {
        Description =
            "Safetensors file that the image encoder starts from: torchvision's layout, or weights.safetensors of a model folder.",
    };
    private static readonly Option<string> TextWeightsOption = new("--text-weights")
    {
        Description = "Folder of the BERT that the text encoder starts from.",
    };
    private static readonly Option<string[]> FrozenOption = new("--frozen")
    {
        Description = "Beginning of the names of parameters that stay as they came: image., text.encoder.layer.0. May be given many times.",
    };
    private static readonly Option<bool> ValidateOnlyOption = new("--validate-only") { Description = "Check the request, train nothing." };

    public static Command Build() =>
        new Command("train", "Train a model by recipe, watch it, export it.") { RecipeOption, PresetOption, DataOption, LayoutOption, LabelsOption, WeightOption, ShareOption,
            ValidationOption, NameOption, SeedOption, StepsOption, EpochsOption, ImageWeightsOption, TextWeightsOption, FrozenOption, ValidateOnlyOption }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var trainer = new TrainerService.TrainerServiceClient(mesh.Invoker);
        var spec = new TrainingSpec
        {
            Recipe = parsed.GetValue(RecipeOption)!,
            Preset = parsed.GetValue(PresetOption)!,
            ModelName = parsed.GetValue(NameOption)!,
            Seed = parsed.GetValue(SeedOption),
        };
        AddDataSources(spec, parsed);
        if (parsed.GetValue(StepsOption) is { } steps)
            spec.Steps = steps;
        var created = await trainer.CreateTrainingAsync(
            new CreateTrainingRequest { Spec = spec, ValidateOnly = parsed.GetValue(ValidateOnlyOption) }, cancellationToken: cancellation);
        if (parsed.GetValue(ValidateOnlyOption))
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
        string[] data = [.. (parsed.GetValue(DataOption) ?? []).Select(Path.GetFullPath)];
        if (parsed.GetValue(LayoutOption) is not { Length: > 0 } layouts)
        {
            spec.Data.AddRange(data);
            return;
        }

        var (labels, weights, shares) = (parsed.GetValue(LabelsOption) ?? [], parsed.GetValue(WeightOption) ?? [], parsed.GetValue(ShareOption) ?? []);
        for (var i = 0; i < data.Length; i++)
        {
            var source = new DataSource { Layout = ValueForFolder(layouts, i, data.Length, LayoutOption)!, Folder = data[i] };
            if (ValueForFolder(labels, i, data.Length, LabelsOption) is { Length: > 0 } table)
                source.Labels = Path.GetFullPath(table);
            if (weights.Length > 0)
                source.Weight = ValueForFolder(weights, i, data.Length, WeightOption);
            if (shares.Length > 0)
                source.Share = ValueForFolder(shares, i, data.Length, ShareOption);
            spec.Sources.Add(source);
        }

        foreach (var folder in parsed.GetValue(ValidationOption) ?? [])
        {
            var validation = new DataSource(spec.Sources[0]) { Folder = Path.GetFullPath(folder) };
            validation.ClearShare();
            spec.Validation.Add(validation);
        }

        if (parsed.GetValue(EpochsOption) is { } epochs)
            (spec.MixLength, spec.Epochs) = (MixLength.EqualEpochs, epochs);
        spec.ImageWeights = parsed.GetValue(ImageWeightsOption) is { Length: > 0 } image ? Path.GetFullPath(image) : "";
        spec.TextWeights = parsed.GetValue(TextWeightsOption) is { Length: > 0 } text ? Path.GetFullPath(text) : "";
        spec.Frozen.Add(parsed.GetValue(FrozenOption) ?? []);
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
