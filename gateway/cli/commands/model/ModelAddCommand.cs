using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Diffusion.Importing;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Standalone;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>
/// <c>model add</c>: makes a generator of the mesh on the state folder of a diffusers ONNX folder as an exporter leaves it, or a text
/// model or an image encoder of another one (<see cref="TextModelAdder"/>, <see cref="ImageEncoderAdder"/>). Starts no mesh; one that runs
/// on the state folder finds the model by itself.
/// </summary>
internal static class ModelAddCommand
{
    private const int MaxNameLength = 64, MaxSteps = 1000, MaxGuidance = 50, MaxSide = 8192;

    private static readonly Argument<string> _folderArgument = new("folder")
    {
        Description = "A diffusers pipeline in ONNX (text_encoder, unet, vae_decoder, tokenizer, scheduler), a text model in ONNX "
            + "(config.json, model.onnx, tokenizer files), an image encoder (config.json, preprocessor_config.json, model.onnx or "
            + "model.safetensors), or a language model as a GGUF file.",
    };
    private static readonly Option<string?> _nameOption = new("--name") { Description = "Name of the model. Default: the folder's." };
    private static readonly Option<string?> _licenceOption = new("--licence")
    {
        Description = "Its licence, for the cards. Default: that of the YAML head of the folder's README.md, else \"not stated\".",
    };
    private static readonly Option<string?> _versionOption = new("--version")
    {
        Description = $"Its version. Default: {ModelImportSettings.UsualVersion}.",
    };
    private static readonly Option<double?> _guidanceOption = new("--guidance")
    {
        Description = $"Default scale of classifier-free guidance, 1 to {MaxGuidance}. Default: "
            + $"{ModelImportSettings.UsualGuidance.ToString(CultureInfo.InvariantCulture)}.",
    };
    private static readonly Option<int?> _stepsOption = new("--steps")
    {
        Description = $"Default number of denoising steps. Default: {ModelImportSettings.UsualSteps}.",
    };
    private static readonly Option<int?> _sizeOption = new("--size")
    {
        Description = "Default side of an image in pixels. Default: what the U-Net was trained on by its config, else "
            + $"{ModelImportSettings.UsualSide}.",
    };

    public static Command Build()
    {
        var command = new Command("add",
            "Check a folder with a model or a GGUF file, and make a generator, entity check, text or image encoder, or writer of it.")
        {
            _folderArgument, _nameOption, _licenceOption, _versionOption, _guidanceOption, _stepsOption, _sizeOption,
        };
        foreach (var option in TextModelAdder.Options.Concat(ImageEncoderAdder.Options))
            command.Add(option);
        return command.WithAction(RunAsync);
    }

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(SyncxrCommand.MeshOption) is { Length: > 0 } address)
        {
            throw MeshException.Invalid("--mesh", $"A model can't be added to the mesh at {address} from here. Run this command where its "
                + "diffusion service runs, and set Diffusion:ModelRoot on each diffusion replica to the folder that it prints.");
        }
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var source = ValidateSource(parsed.GetValue(_folderArgument)!);
        var settings = ReadSettings(parsed);
        var ownName = File.Exists(source) ? Path.GetFileNameWithoutExtension(source) : Path.GetFileName(source);
        var name = ValidateName(settings.Name ?? ownName, settings.Name is null);
        var state = ModelFolderCommands.StatePath(parsed);
        RefuseNameInUse(state, name);
        PathArgumentValidator.CreateWorkFolder("--state", state);
        var root = StateFolderPaths.ModelsPath(state);
        Directory.CreateDirectory(root);
        using var progress = ProgressBar.Start("checking");
        progress.ShowDetail(source);
        if (TextModelAdder.Takes(source))
        {
            OptionUseValidator.ThrowIfTyped(parsed, "for a text model",
                [_guidanceOption, _stepsOption, _sizeOption, .. ImageEncoderAdder.Options]);
            return (ExitCodes.Ok, await TextModelAdder.AddAsync(parsed, source, root, settings with { Name = name }, cancellation));
        }
        if (ImageEncoderAdder.Takes(source))
        {
            OptionUseValidator.ThrowIfTyped(parsed, "for an image encoder",
                [_guidanceOption, _stepsOption, _sizeOption, .. TextModelAdder.TextOnlyOptions]);
            return (ExitCodes.Ok, await ImageEncoderAdder.AddAsync(parsed, source, root, settings with { Name = name }, cancellation));
        }
        OptionUseValidator.ThrowIfTyped(parsed, "for a generator", [.. TextModelAdder.Options, .. ImageEncoderAdder.Options]);
        var model = await Task.Run(() => Import(source, root, settings with { Name = name }, cancellation), cancellation);
        Print(json, model);
        return (ExitCodes.Ok, ToJson(model));
    }

    private static ImportedModel Import(string source, string root, ModelImportSettings settings, CancellationToken cancellation)
    {
        try
        {
            return ModelImporter.Import(source, root, settings, cancellation);
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid("folder", error.Message.ReplaceLineEndings(" "));
        }
        catch (UnauthorizedAccessException error)
        {
            throw MeshException.Invalid("folder", error.Message); // names the file
        }
    }

    private static string ValidateSource(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(path))
        {
            return TextModelAdder.Takes(path) ? path : throw MeshException.Invalid("folder",
                $"'{path}' is a file, and no GGUF file. Give the folder of a diffusers pipeline in ONNX or of a text model, or a GGUF "
                    + "file.");
        }

        return Directory.Exists(path) ? path : throw MeshException.Invalid("folder", $"The folder '{path}' does not exist.");
    }

    private static string ValidateName(string name, bool isOfFolder)
    {
        if (name.Length is > 0 and <= MaxNameLength && name[0] != '.'
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
            return name;
        throw MeshException.Invalid("--name", $"'{EchoedText.Shorten(name)}' must be 1 to {MaxNameLength} letters, digits, '-', '.' or "
            + $"'_', and not begin with '.'.{(isOfFolder ? " The folder's name can't be the model's; give another one." : "")}");
    }

    private static ModelImportSettings ReadSettings(ParseResult parsed)
    {
        var settings = new ModelImportSettings
        {
            Name = parsed.GetValue(_nameOption),
            Licence = parsed.GetValue(_licenceOption),
            Version = parsed.GetValue(_versionOption),
            Guidance = parsed.GetValue(_guidanceOption),
            Steps = parsed.GetValue(_stepsOption),
            Side = parsed.GetValue(_sizeOption),
        };
        Require(settings.Licence is null || settings.Licence.Trim().Length > 0, "--licence", "must not be empty");
        Require(settings.Version is null || settings.Version.Trim().Length > 0, "--version", "must not be empty");
        Require(settings.Guidance is null or (>= 1 and <= MaxGuidance), "--guidance", $"must be a number from 1 to {MaxGuidance}");
        Require(settings.Steps is null or (>= 1 and <= MaxSteps), "--steps", $"must be 1 to {MaxSteps}");
        Require(settings.Side is null or (>= 1 and <= MaxSide), "--size", $"must be 1 to {MaxSide} pixels");
        return settings;
    }

    private static void Require(bool holds, string option, string problem)
    {
        if (!holds)
            throw MeshException.Invalid(option, problem);
    }

    private static void RefuseNameInUse(string state, string name)
    {
        var inUse = new[] { ModelFolderCommands.ShippedPath(name), Path.Combine(StateFolderPaths.ModelsPath(state), name) }
            .FirstOrDefault(Path.Exists);
        if (inUse is not null)
            throw MeshException.Invalid("--name", $"The name '{name}' is in use by {inUse}. Give another one, or delete that folder.");
    }

    private static void Print(bool json, ImportedModel model)
    {
        var defaults = model.Card.Defaults!;
        ConsoleWriter.WriteTable(json, $"Added {model.Card.Name}: name it in a spec, `image: {{model: {model.Card.Name}}}`.", ["", ""],
        [
            ["folder", model.Path],
            ["digest", model.Digest],
            ["size", string.Create(CultureInfo.InvariantCulture, $"{model.Bytes / 1e6:0.0} MB, {model.LinkedFiles} files by hard links")],
            ["images", string.Create(CultureInfo.InvariantCulture,
                $"{defaults.Width}×{defaults.Height}, {defaults.Steps} steps of {defaults.Scheduler}, guidance {defaults.Guidance}")],
            ["licence", model.Card.Licence],
            ["renders", model.Card.Depicts.Count > 0 ? string.Join(", ", model.Card.Depicts)
                : "what it can draw is not known (no `depicts` in model.yaml)"],
            ["left out", model.LeftOut.Count > 0 ? string.Join(", ", model.LeftOut) : "nothing"],
            ["trial", string.Create(CultureInfo.InvariantCulture,
                $"{model.TrialImage} ({model.TrialSize.Width}×{model.TrialSize.Height}, one guided step)")],
            .. model.Notes.Select(note => new[] { "note", note }),
        ]);
    }

    private static JsonObject ToJson(ImportedModel model) => new()
    {
        ["name"] = model.Card.Name,
        ["version"] = model.Card.Version,
        ["folder"] = model.Path,
        ["digest"] = model.Digest,
        ["bytes"] = model.Bytes,
        ["linked_files"] = model.LinkedFiles,
        ["width"] = model.Card.Defaults!.Width,
        ["height"] = model.Card.Defaults.Height,
        ["steps"] = model.Card.Defaults.Steps,
        ["guidance"] = model.Card.Defaults.Guidance,
        ["scheduler"] = model.Card.Defaults.Scheduler,
        ["licence"] = model.Card.Licence,
        ["depicts"] = model.Card.Depicts.Count > 0 ? new JsonArray([.. model.Card.Depicts.Select(d => (JsonNode)d)]) : null,
        ["left_out"] = new JsonArray([.. model.LeftOut.Select(file => (JsonNode)file)]),
        ["notes"] = new JsonArray([.. model.Notes.Select(note => (JsonNode)note)]),
        ["trial_image"] = model.TrialImage,
    };
}
