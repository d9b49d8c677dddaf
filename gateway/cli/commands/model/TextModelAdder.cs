using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Diffusion.Importing;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Report.Importing;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>The part of <c>model add</c> that takes text models: token classifiers and text encoders in ONNX.</summary>
internal static class TextModelAdder
{
    /// <summary>Also that of image encoders.</summary>
    internal static readonly Option<string?> PoolingOption = new("--pooling")
    {
        Description = $"How a vector is made of the tokens' states. Text encoders without modules.json: "
            + $"{string.Join(" or ", TextPoolingNames.All)}. Image encoders: {string.Join(", ", ImagePoolingNames.All)}; default: what is "
            + "usual for the family.",
    };
    private static readonly Option<bool> _normalizeOption = new("--normalize")
    {
        Description = "With --pooling: vectors are divided by their length.",
    };
    private static readonly Option<int?> _maxTokensOption = new("--max-tokens")
    {
        Description = "With --pooling: tokens at which texts are cut, from 3 on. Default: what tokenizer and graph allow.",
    };

    public static IReadOnlyList<Option> Options { get; } = [PoolingOption, .. TextOnlyOptions];

    /// <summary>Those that no other model has.</summary>
    public static IReadOnlyList<Option> TextOnlyOptions => [_normalizeOption, _maxTokensOption];

    /// <summary>True for a GGUF file, and where a folder holds a text model, not a pipeline.</summary>
    public static bool Takes(string source) => File.Exists(source) ? LlamaModelImporter.IsGguf(source)
        : TextModelImporter.IsTextModel(source) && !IsPipeline(source);

    /// <summary>True where a folder holds a diffusers pipeline.</summary>
    public static bool IsPipeline(string source) =>
        File.Exists(Path.Combine(source, "model_index.json")) || Directory.Exists(Path.Combine(source, "unet"));

    /// <summary>Adds the model and says how to use it.</summary>
    /// <param name="settings">Name, licence and version.</param>
    public static async Task<JsonObject> AddAsync(
        ParseResult parsed, string source, string root, ModelImportSettings settings, CancellationToken cancellation)
    {
        var model = await ImportAsync(source, root, new TextModelImportSettings
        {
            Name = settings.Name!,
            Licence = settings.Licence,
            Version = settings.Version,
            Encoder = ReadEncoder(parsed),
        }, cancellation);
        var use = model.Card.Kind switch
        {
            ModelKindNames.ReportWriter =>
                $"--set Report:LlamaSharp:ModelPath={model.Card.Name}, and `report: {{model: llamasharp}}` in a spec",
            ModelKindNames.EntityCheck => $"--set Report:Ner:Model={model.Card.Name}, and `report: {{checks: [lexicon, ner]}}` in a spec",
            _ => $"`text_encoder: {model.Card.Name}` in the spec of an evaluation",
        };
        ConsoleWriter.WriteTable(parsed.GetValue(SyncxrCommand.JsonOption), $"Added {model.Card.Name}. Use it with {use}.", ["", ""],
        [
            ["kind", model.Card.Kind],
            ["folder", model.Path],
            ["digest", model.Digest],
            ["size", string.Create(CultureInfo.InvariantCulture, $"{model.Bytes / 1e6:0.0} MB, {model.LinkedFiles} files by hard links")],
            ["licence", model.Card.Licence],
            ["left out", model.LeftOut.Count > 0 ? string.Join(", ", model.LeftOut) : "nothing"],
        ]);
        return new JsonObject
        {
            ["name"] = model.Card.Name,
            ["version"] = model.Card.Version,
            ["kind"] = model.Card.Kind,
            ["folder"] = model.Path,
            ["digest"] = model.Digest,
            ["bytes"] = model.Bytes,
            ["linked_files"] = model.LinkedFiles,
            ["licence"] = model.Card.Licence,
            ["left_out"] = new JsonArray([.. model.LeftOut.Select(file => (JsonNode)file)]),
        };
    }

    private static async Task<ImportedTextModel> ImportAsync(
        string source, string root, TextModelImportSettings settings, CancellationToken cancellation)
    {
        try
        {
            if (!File.Exists(source))
                return await TextModelImporter.ImportAsync(source, root, settings, cancellation);
            return settings.Encoder is null ? await LlamaModelImporter.ImportAsync(source, root, settings, cancellation)
                : throw MeshException.Invalid("--pooling", "is for text encoders; a GGUF file becomes a writer of reports.");
        }
        catch (Exception error) when (error is InvalidDataException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid("folder", error.Message.ReplaceLineEndings(" "));
        }
    }

    private static TextEncoderCard? ReadEncoder(ParseResult parsed)
    {
        var pooling = parsed.GetValue(PoolingOption);
        if (pooling is null)
        {
            OptionUseValidator.ThrowIfTyped(parsed, "without --pooling", [_normalizeOption, _maxTokensOption]);
            return null;
        }
        if (!TextPoolingNames.All.Contains(pooling))
            throw MeshException.Invalid("--pooling", $"must be {string.Join(" or ", TextPoolingNames.All)}");
        var most = parsed.GetValue(_maxTokensOption);
        if (most is < 3)
            throw MeshException.Invalid("--max-tokens", "must be 3 or more");
        return new TextEncoderCard { Pooling = pooling, Normalize = parsed.GetValue(_normalizeOption), MaxTokens = most ?? 0 };
    }
}
