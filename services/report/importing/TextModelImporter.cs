using Microsoft.ML.OnnxRuntime;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Onnx.Text;
using SynCxr.Mesh.Report.Ner;
using SynCxr.Mesh.Report.TextModels;

namespace SynCxr.Mesh.Report.Importing;

/// <summary>What the caller of an import chooses; null takes what the folder says, else the usual value.</summary>
public sealed record TextModelImportSettings
{
    /// <summary>Name that the model is referred to by.</summary>
    public required string Name { get; init; }

    /// <summary>The licence that the card names; where null that of the folder's README.md.</summary>
    public string? Licence { get; init; }

    /// <summary>Where null <see cref="ModelCard.UsualVersion"/>.</summary>
    public string? Version { get; init; }

    /// <summary>Text encoders without <c>modules.json</c>: how a vector is made.</summary>
    public TextEncoderCard? Encoder { get; init; }
}

/// <summary>A text model that was copied, checked and tried.</summary>
public sealed record ImportedTextModel(
    string Path, ModelCard Card, string Digest, long Bytes, int LinkedFiles, IReadOnlyList<string> LeftOut);

/// <summary>
/// Makes a model folder of a text model as transformers and its ONNX exporters leave it: a token classifier becomes an entity check, any
/// other a text encoder. Takes the files that are part of it, runs it once with the engine that will run it, and writes <c>model.yaml</c>
/// and <c>SHA256SUMS</c>.
/// </summary>
public static class TextModelImporter
{
    private const string ConfigFile = "config.json", TrialText = "No pneumothorax. The heart is enlarged.";

    private static readonly string[] _files =
    [
        ConfigFile, "tokenizer.json", "tokenizer_config.json", "vocab.txt", "spm.model", "added_tokens.json", "special_tokens_map.json",
        EntityTypeFile.FileName, "modules.json", "sentence_bert_config.json", ModelReadme.FileName,
    ];

    /// <summary>True where a folder holds a model of transformers that reads texts and no images.</summary>
    public static bool IsTextModel(string folder) =>
        File.Exists(Path.Combine(folder, ConfigFile)) && !File.Exists(Path.Combine(folder, "preprocessor_config.json"));

    /// <summary>Imports a folder.</summary>
    /// <param name="source">The folder; it is not changed.</param>
    /// <param name="root">Folder of the models; the new one is made below it, under the model's name.</param>
    /// <exception cref="InvalidDataException">Names the file and the key, or the tensor, that can't be run.</exception>
    /// <exception cref="IOException">The name is in use, or a file can't be read or written.</exception>
    public static async Task<ImportedTextModel> ImportAsync(
        string source, string root, TextModelImportSettings settings, CancellationToken cancellation)
    {
        var all = ListFiles(source);
        var taken = all.Where(IsPart).ToList();
        var card = CreateCard(source, settings);
        using var staged = new StagedFolder(root, card.Name);
        try
        {
            var (bytes, linked) = staged.TakeOver(source, taken, cancellation);
            await TryAsync(staged.Path, card, cancellation);
            ModelCardFile.Write(Path.Combine(staged.Path, ModelFolder.CardFile), card);
            var digest = ModelFolder.WriteSums(staged.Path);
            return new ImportedTextModel(staged.Commit(), card, digest, bytes, linked,
                [.. all.Except(taken).Where(file => file != ModelFolder.CardFile && file != ModelFolder.SumsFile)]);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InvalidDataException(
                $"{source}: the graph can't run what the tokenizer makes of a text; they are of different models: {error.Message}", error);
        }
        catch (InvalidDataException error)
        {
            // What is wrong is wrong in the caller's folder too; the copy is gone when the message is read.
            throw new InvalidDataException(error.Message.Replace(staged.Path, source, StringComparison.Ordinal), error);
        }
    }

    private static async Task TryAsync(string folder, ModelCard card, CancellationToken cancellation)
    {
        if (card.Kind == ModelKindNames.EntityCheck)
        {
            using var model = NerModel.Load(folder, OnnxSessionOptions.Cpu);
            model.Classify(model.Tokenizer.Encode(TrialText));
            return;
        }
        using var encoder = new TextEncoder(folder, card.TextEncoder, OnnxSessionOptions.Cpu);
        await encoder.EmbedAsync([(TrialText, null)], cancellation);
    }

    private static ModelCard CreateCard(string source, TextModelImportSettings settings)
    {
        var kind = NerModel.IsTokenClassifier(TextModelFolder.ReadConfig(source)) ? ModelKindNames.EntityCheck : ModelKindNames.TextEncoder;
        var cardFile = Path.Combine(source, ModelFolder.CardFile);
        var readme = ModelReadme.Read(source);
        var card = File.Exists(cardFile) ? ModelCardFile.Read(cardFile) : new ModelCard
        {
            Kind = kind,
            Version = ModelCard.UsualVersion,
            Licence = readme.Licence.Length > 0 ? readme.Licence : ModelCard.LicenceNotStated,
        };
        if (card.Kind != kind)
            throw new InvalidDataException($"{cardFile}: kind: is '{card.Kind}', and {ConfigFile} is that of the kind {kind}");
        if (settings.Encoder is not null && kind != ModelKindNames.TextEncoder)
            throw new InvalidDataException($"{source}/{ConfigFile}: architectures: is a token classifier, which makes no vectors to pool");
        return card with
        {
            Name = settings.Name,
            Version = settings.Version ?? card.Version,
            Licence = settings.Licence ?? card.Licence,
            TextEncoder = settings.Encoder ?? card.TextEncoder,
        };
    }

    private static List<string> ListFiles(string source)
    {
        var files = new List<string>();
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!RegularFileProbe.IsRegular(file))
                throw new InvalidDataException($"{file}: is a pipe or a device. A model has files alone.");
            files.Add(Path.GetRelativePath(source, file).Replace('\\', '/'));
        }
        return files;
    }

    // The graph with weights that lie beside it, and the config of a pooling module: 1_Pooling/config.json.
    private static bool IsPart(string file)
    {
        var (folder, name) = (Path.GetDirectoryName(file) ?? "", Path.GetFileName(file));
        return _files.Contains(file) || name.StartsWith("LICEN", StringComparison.OrdinalIgnoreCase)
            || GraphFileFinder.IsPart(file)
            || (folder.EndsWith("_Pooling", StringComparison.Ordinal) && name == ConfigFile);
    }
}
