using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.Importing;
using SynCxr.Mesh.Diffusion.Importing;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Export.Encoders;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>The part of <c>model add</c> that takes image encoders, in ONNX or as safetensors.</summary>
internal static class ImageEncoderAdder
{
    private static readonly Option<bool> _asOpenedOption = new("--as-opened")
    {
        Description = "Image encoders: hand pictures over as they are stored, so that preprocessor_config.json without do_convert_rgb "
            + "refuses gray ones. Default: they are brought to RGB first.",
    };
    private static readonly Option<double?> _nearDuplicateOption = new("--near-duplicate")
    {
        Description = "Image encoders: cosine at or above which two images of a data set are near-duplicates. Default: "
            + $"{ImageEncoderCard.UsualNearDuplicate.ToString(CultureInfo.InvariantCulture)}.",
    };

    /// <summary>The options that are for image encoders alone.</summary>
    public static IReadOnlyList<Option> Options { get; } = [_asOpenedOption, _nearDuplicateOption];

    /// <summary>True where a folder holds an image encoder, not a pipeline.</summary>
    public static bool Takes(string source) => ImageEncoderImporter.IsImageEncoder(source) && !TextModelAdder.IsPipeline(source);

    /// <summary>Adds the model and says how to use it.</summary>
    /// <param name="settings">Name, licence and version.</param>
    public static async Task<JsonObject> AddAsync(
        ParseResult parsed, string source, string root, ModelImportSettings settings, CancellationToken cancellation)
    {
        var model = await ImportAsync(source, root, new ImageEncoderImportSettings
        {
            Name = settings.Name!,
            Licence = settings.Licence,
            Version = settings.Version,
            Pooling = ReadPooling(parsed),
            AsOpened = parsed.GetValue(_asOpenedOption),
            NearDuplicate = ReadNearDuplicate(parsed),
        }, cancellation);
        var (card, encoder) = (model.Card, model.Card.ImageEncoder!);
        ConsoleWriter.WriteTable(parsed.GetValue(SyncxrCommand.JsonOption),
            $"Added {card.Name}. Use it with `curation: {{embedding: {card.Name}}}` in a spec, or in `syncxr bank build`.", ["", ""],
        [
            ["kind", card.Kind],
            ["folder", model.Path],
            ["digest", model.Digest],
            ["size", string.Create(CultureInfo.InvariantCulture, $"{model.Bytes / 1e6:0.0} MB, {model.LinkedFiles} files by hard links")],
            ["features", string.Create(CultureInfo.InvariantCulture,
                $"{model.Width} numbers, {encoder.Pooling}; near-duplicates from {encoder.NearDuplicate}")],
            ["graph", model.IsGraphMade ? $"written from {ImageEncoderExporter.WeightsFile}" : "the folder's own"],
            ["licence", card.Licence],
            ["left out", model.LeftOut.Count > 0 ? string.Join(", ", model.LeftOut) : "nothing"],
        ]);
        return new JsonObject
        {
            ["name"] = card.Name,
            ["version"] = card.Version,
            ["kind"] = card.Kind,
            ["folder"] = model.Path,
            ["digest"] = model.Digest,
            ["bytes"] = model.Bytes,
            ["linked_files"] = model.LinkedFiles,
            ["width"] = model.Width,
            ["pooling"] = encoder.Pooling,
            ["near_duplicate"] = encoder.NearDuplicate,
            ["graph_made"] = model.IsGraphMade,
            ["licence"] = card.Licence,
            ["left_out"] = new JsonArray([.. model.LeftOut.Select(file => (JsonNode)file)]),
        };
    }

    private static async Task<ImportedImageEncoder> ImportAsync(
        string source, string root, ImageEncoderImportSettings settings, CancellationToken cancellation)
    {
        try
        {
            return await ImageEncoderImporter.ImportAsync(source, root, settings, ImageEncoderExporter.Export, cancellation);
        }
        catch (Exception error) when (error is InvalidDataException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid("folder", error.Message.ReplaceLineEndings(" "));
        }
    }

    private static string? ReadPooling(ParseResult parsed)
    {
        var pooling = parsed.GetValue(TextModelAdder.PoolingOption);
        return pooling is null || ImagePoolingNames.All.Contains(pooling)
            ? pooling : throw MeshException.Invalid("--pooling", $"must be one of {string.Join(", ", ImagePoolingNames.All)}");
    }

    private static double? ReadNearDuplicate(ParseResult parsed) => parsed.GetValue(_nearDuplicateOption) is not { } cosine ? null
        : cosine is > 0 and <= 1 ? cosine : throw MeshException.Invalid("--near-duplicate", "must be above 0 and at most 1");
}
