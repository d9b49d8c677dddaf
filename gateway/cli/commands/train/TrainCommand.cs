using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Commands.Train;

/// <summary>
/// <c>train</c>: starts a training and follows it to its end. Run again with the same options, it goes on where it was stopped.
/// </summary>
internal static class TrainCommand
{
    private static readonly Option<string> _recipeOption = new("--recipe")
    {
        HelpName = "recipe",
        Description = "What to train: latent-diffusion, quality-judge, convirt or gloria.",
        Required = true,
    };
    private static readonly Option<string> _presetOption = new("--preset")
    {
        HelpName = "preset",
        Description = "Preset of the recipe: size of the networks and length of the training.",
        DefaultValueFactory = _ => "tiny",
    };
    private static readonly Option<string[]> _dataOption = new("--data")
    {
        HelpName = "folder",
        Description = "Folder of training data, or its name: data/ROOT/PATH, datasets/ID. Repeat it for several.",
        Required = true,
    };
    private static readonly Option<string> _nameOption = new("--name")
    {
        HelpName = "name",
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
        HelpName = "layout",
        Description =
            "For convirt and gloria: layout of a --data folder (folders, nih, dataset, …). Once for all, or once for each --data.",
    };
    private static readonly Option<string[]> _labelsOption = new("--labels")
    {
        HelpName = "file",
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
    private static readonly Option<string[]> _viewsOption = new("--views") { Description = DataSettingTexts.Views };
    private static readonly Option<string[]> _ratersOption = new("--raters") { Description = DataSettingTexts.Raters };
    private static readonly Option<string[]> _duplicatesOption = new("--duplicates") { Description = DataSettingTexts.Duplicates };
    private static readonly Option<string[]> _badFilesOption = new("--bad-files") { Description = DataSettingTexts.BadFiles };
    private static readonly Option<string[]> _splitOption = new("--split") { Description = DataSettingTexts.Split };
    private static readonly Option<string> _validationSplitOption = new("--validation-split")
    {
        Description = "Part of the validation data's own split. Default: all parts.",
    };
    private static readonly Option<string[]> _validationOption = new("--validation")
    {
        HelpName = "folder",
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
        HelpName = "path",
        Description =
            "Safetensors file of the initial image encoder: in torchvision's layout, or weights.safetensors of a model folder; a folder "
            + "of transformers with config.json; or models/NAME.",
    };
    private static readonly Option<string> _textWeightsOption = new("--text-weights")
    {
        HelpName = "folder",
        Description = "Folder of the BERT that the text encoder is initialised with, with its config.json.",
    };
    private static readonly Option<string[]> _frozenOption = new("--frozen")
    {
        HelpName = "prefix",
        Description = "Prefix of the parameters to freeze, such as image. or text.encoder.layer.0. Repeat it for several.",
    };
    private static readonly Option<bool> _newVersionOption = new("--new-version")
    {
        Description = "Make the next version where another training has the name; the versions before are kept.",
    };
    private static readonly Option<bool> _validateOnlyOption = new("--validate-only")
    {
        Description = "Check the options, but read no data and train nothing.",
    };

    /// <summary>What only the recipes that learn from images with texts use; these also need a layout.</summary>
    private static readonly Option[] _contrastiveOptions =
    [
        _layoutOption, _labelsOption, _weightOption, _shareOption, _viewsOption, _ratersOption, _splitOption, _validationOption,
        _validationSplitOption, _epochsOption, _imageWeightsOption, _textWeightsOption, _frozenOption,
    ];

    private static readonly string[] _contrastiveRecipes = [RecipeNames.Convirt, RecipeNames.Gloria];
    private static readonly string[] _imageRecipes = [RecipeNames.LatentDiffusion, RecipeNames.QualityJudge];

    private static readonly FieldOptionTranslator _fields = new(new Dictionary<string, string>
    {
        ["spec.recipe"] = _recipeOption.Name,
        ["spec.preset"] = _presetOption.Name,
        ["spec.model_name"] = _nameOption.Name,
        ["spec.seed"] = _seedOption.Name,
        ["spec.steps"] = _stepsOption.Name,
        ["spec.epochs"] = _epochsOption.Name,
        ["spec.data"] = _dataOption.Name,
        ["spec.sources"] = _dataOption.Name,
        ["spec.sources.name"] = _dataOption.Name,
        ["spec.sources.layout"] = _layoutOption.Name,
        ["spec.sources.labels"] = _labelsOption.Name,
        ["spec.sources.weight"] = _weightOption.Name,
        ["spec.sources.share"] = _shareOption.Name,
        ["spec.sources.views"] = _viewsOption.Name,
        ["spec.sources.raters"] = _ratersOption.Name,
        ["spec.sources.duplicates"] = _duplicatesOption.Name,
        ["spec.sources.bad_files"] = _badFilesOption.Name,
        ["spec.sources.split"] = _splitOption.Name,
        ["spec.duplicates"] = _duplicatesOption.Name,
        ["spec.bad_files"] = _badFilesOption.Name,
        ["spec.validation"] = _validationOption.Name,
        ["spec.validation.name"] = _validationOption.Name,
        ["spec.validation.layout"] = _layoutOption.Name,
        ["spec.validation.labels"] = _labelsOption.Name,
        ["spec.validation.views"] = _viewsOption.Name,
        ["spec.validation.raters"] = _ratersOption.Name,
        ["spec.validation.duplicates"] = _duplicatesOption.Name,
        ["spec.validation.bad_files"] = _badFilesOption.Name,
        ["spec.validation.split"] = _validationSplitOption.Name,
        ["spec.image_weights"] = _imageWeightsOption.Name,
        ["spec.text_weights"] = _textWeightsOption.Name,
        ["spec.frozen"] = _frozenOption.Name,
        ["new_version"] = _newVersionOption.Name,
    });

    public static Command Build() =>
        new Command("train", "Train a model by a recipe, and follow it until it is exported.")
        {
            _recipeOption, _presetOption, _dataOption, _layoutOption, _labelsOption, _weightOption, _shareOption, _viewsOption,
            _ratersOption, _duplicatesOption, _badFilesOption, _splitOption, _validationOption, _validationSplitOption, _nameOption,
            _seedOption, _stepsOption, _epochsOption, _imageWeightsOption, _textWeightsOption, _frozenOption, _newVersionOption,
            _validateOnlyOption,
        }.WithAction(RunAsync, _fields);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        ValidateOptionUse(parsed);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var trainer = new TrainerService.TrainerServiceClient(mesh.Invoker);
        var spec = new TrainingSpec
        {
            Recipe = parsed.GetValue(_recipeOption)!,
            Preset = parsed.GetValue(_presetOption)!,
            ModelName = parsed.GetValue(_nameOption)!,
            Seed = parsed.GetValue(_seedOption),
        };
        AddDataSources(spec, parsed, await DataArgumentResolver.CreateAsync(trainer, mesh, cancellation));
        if (parsed.GetValue(_stepsOption) is { } steps)
            spec.Steps = steps;
        var created = await trainer.CreateTrainingAsync(
            new CreateTrainingRequest
            {
                Spec = spec,
                ValidateOnly = parsed.GetValue(_validateOnlyOption),
                NewVersion = parsed.GetValue(_newVersionOption),
            },
            cancellationToken: cancellation);
        if (parsed.GetValue(_validateOnlyOption))
        {
            ConsoleWriter.WriteLine(json, "The options are valid; the data were not read, and nothing was trained.");
            return (ExitCodes.Ok, new JsonObject { ["valid"] = true });
        }

        var run = await TrainingWatcher.FollowOrCancelAsync(trainer, created.Training.Name, "training", cancellation);
        if (TrainingWatcher.ToInputException(run) is { } refusal)
            throw refusal;
        foreach (var note in run.Notes)
            ConsoleWriter.WriteLine(json, $"Note: {note}");
        ConsoleWriter.WriteLine(json,
            run.State == TrainingState.Succeeded ? $"{run.ModelFolder}  digest {run.ModelDigest}"
                : $"{StateFormatter.Format(run.State)}: {run.Failure?.Message}");
        return (run.State == TrainingState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed, new JsonObject
        {
            ["training"] = run.Name,
            ["state"] = StateFormatter.Format(run.State),
            ["model_folder"] = run.ModelFolder,
            ["model_digest"] = run.ModelDigest,
            ["skipped_steps"] = run.Statistics?.SkippedSteps ?? 0,
            ["notes"] = new JsonArray([.. run.Notes.Select(n => (JsonNode)n)]),
        });
    }

    /// <summary>Refuses options that the recipe does not use; of an unknown recipe, the trainer says that it is unknown.</summary>
    private static void ValidateOptionUse(ParseResult parsed)
    {
        var recipe = parsed.GetValue(_recipeOption)!;
        if (_imageRecipes.Contains(recipe))
            OptionUseValidator.ThrowIfTyped(parsed, $"with {_recipeOption.Name} {recipe}", _contrastiveOptions);
        if (_contrastiveRecipes.Contains(recipe) && !OptionUseValidator.IsTyped(parsed, _layoutOption))
            throw MeshException.Invalid(_layoutOption.Name, $"is missing. {_recipeOption.Name} {recipe} needs the layout of its data: "
                + "folders, nih, dataset or another one.");
        if (OptionUseValidator.IsTyped(parsed, _stepsOption))
            OptionUseValidator.ThrowIfTyped(parsed, $"beside {_stepsOption.Name}, which fixes the length too", _epochsOption);
    }

    /// <summary>
    /// Adds the data: as data sources where a layout is given, else as folders, which the recipes for radiographs alone read.
    /// </summary>
    private static void AddDataSources(TrainingSpec spec, ParseResult parsed, DataArgumentResolver names)
    {
        string[] data = [.. (parsed.GetValue(_dataOption) ?? []).Select(d => names.Resolve(_dataOption.Name, d))];
        if (parsed.GetValue(_layoutOption) is not { Length: > 0 } layouts)
        {
            spec.Data.AddRange(data);
            spec.Duplicates = ValueForAll(parsed, _duplicatesOption);
            spec.BadFiles = ValueForAll(parsed, _badFilesOption);
            return;
        }

        var labels = parsed.GetValue(_labelsOption) ?? [];
        var weights = parsed.GetValue(_weightOption) ?? [];
        var shares = parsed.GetValue(_shareOption) ?? [];
        for (var i = 0; i < data.Length; i++)
        {
            var source = new DataSource { Layout = ValueForFolder(layouts, i, data.Length, _layoutOption)!, Name = data[i] };
            if (ValueForFolder(labels, i, data.Length, _labelsOption) is { Length: > 0 } table)
                source.Labels = names.Resolve(_labelsOption.Name, table);
            if (weights.Length > 0)
                source.Weight = ValueForFolder(weights, i, data.Length, _weightOption);
            if (shares.Length > 0)
                source.Share = ValueForFolder(shares, i, data.Length, _shareOption);
            source.Views = SettingForFolder(parsed, _viewsOption, i, data.Length);
            source.Raters = SettingForFolder(parsed, _ratersOption, i, data.Length);
            source.Duplicates = SettingForFolder(parsed, _duplicatesOption, i, data.Length);
            source.BadFiles = SettingForFolder(parsed, _badFilesOption, i, data.Length);
            source.Split = SettingForFolder(parsed, _splitOption, i, data.Length);
            spec.Sources.Add(source);
        }

        foreach (var folder in parsed.GetValue(_validationOption) ?? [])
        {
            var validation = new DataSource(spec.Sources[0]) { Name = names.Resolve(_validationOption.Name, folder) };
            validation.ClearShare();
            validation.Split = parsed.GetValue(_validationSplitOption) ?? "";
            spec.Validation.Add(validation);
        }

        if (parsed.GetValue(_epochsOption) is { } epochs)
        {
            spec.MixLength = MixLength.EqualEpochs;
            spec.Epochs = epochs;
        }

        spec.ImageWeights = names.Resolve(_imageWeightsOption.Name, parsed.GetValue(_imageWeightsOption) ?? "");
        spec.TextWeights = names.Resolve(_textWeightsOption.Name, parsed.GetValue(_textWeightsOption) ?? "");
        spec.Frozen.Add(parsed.GetValue(_frozenOption) ?? []);
    }

    private static string SettingForFolder(ParseResult parsed, Option<string[]> option, int i, int folders) =>
        ValueForFolder(parsed.GetValue(option) ?? [], i, folders, option) ?? "";

    /// <summary>The value of an option that the recipes for radiographs alone have for all their folders.</summary>
    private static string ValueForAll(ParseResult parsed, Option<string[]> option) => (parsed.GetValue(option) ?? []) switch
    {
        [] => "",
        [var one] => one,
        var several => throw MeshException.Invalid(option.Name, $"was given {several.Length} times; this recipe takes it once"),
    };

    /// <summary>The value of an option for the i-th folder: its own one, or the one for all; the default where none was given.</summary>
    private static T? ValueForFolder<T>(T[] given, int i, int folders, Option<T[]> option) => given.Length switch
    {
        0 => default,
        1 => given[0],
        var n when n == folders => given[i],
        var n => throw MeshException.Invalid(
            option.Name, $"was given {n} times for {folders} --data folders. Give it once, or once for each of them."),
    };
}
