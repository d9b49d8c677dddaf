using SynCxr.Mesh.Curation.Encoders;
using SynCxr.Mesh.Curation.Encoders.Preparation;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Curation.Importing;

/// <summary>What the caller of an import chooses; null takes what the folder says, else the usual value.</summary>
public sealed record ImageEncoderImportSettings
{
    /// <summary>Name that the model is referred to by.</summary>
    public required string Name { get; init; }

    /// <summary>The licence that the card names; where null that of the folder's README.md.</summary>
    public string? Licence { get; init; }

    /// <summary>Where null <see cref="ModelCard.UsualVersion"/>.</summary>
    public string? Version { get; init; }

    /// <summary>One of <see cref="ImagePoolingNames"/>; where null what is usual for the family.</summary>
    public string? Pooling { get; init; }

    /// <summary>True where pictures are handed over as they are stored.</summary>
    public bool AsOpened { get; init; }

    /// <summary>
    /// Cosine at or above which two images are near-duplicates; where null <see cref="ImageEncoderCard.UsualNearDuplicate"/>.
    /// </summary>
    public double? NearDuplicate { get; init; }
}

/// <summary>An image encoder that was copied, checked and tried.</summary>
/// <param name="Width">Numbers of a vector.</param>
/// <param name="IsGraphMade">True where the graph was written from the weights.</param>
public sealed record ImportedImageEncoder(string Path, ModelCard Card, string Digest, int Width, long Bytes, int LinkedFiles,
    bool IsGraphMade, IReadOnlyList<string> LeftOut);

/// <summary>
/// Makes a model folder of an image encoder as transformers and its ONNX exporters leave it. Takes the files that are part of it, has the
/// graph written where there is none, runs it once with the engine that will run it, and writes <c>model.yaml</c> and <c>SHA256SUMS</c>.
/// </summary>
public static class ImageEncoderImporter
{
    private const string ConfigFile = "config.json", GraphFile = "model.onnx";
    private const int TrialWidth = 80, TrialHeight = 64;

    private static readonly string[] _files = [ConfigFile, PreprocessorSettingsReader.FileName, ModelReadme.FileName];

    /// <summary>True where a folder holds a model of transformers that reads images.</summary>
    public static bool IsImageEncoder(string folder) => File.Exists(Path.Combine(folder, ConfigFile))
        && File.Exists(Path.Combine(folder, PreprocessorSettingsReader.FileName));

    /// <summary>Imports a folder.</summary>
    /// <param name="source">The folder; it is not changed.</param>
    /// <param name="root">Folder of the models; the new one is made below it, under the model's name.</param>
    /// <param name="writeGraph">Writes the graph of a folder without one; gets the folder and the path of the graph.</param>
    /// <exception cref="InvalidDataException">Names the file and the key, or the tensor, that can't be run.</exception>
    /// <exception cref="IOException">The name is in use, or a file can't be read or written.</exception>
    public static async Task<ImportedImageEncoder> ImportAsync(string source, string root, ImageEncoderImportSettings settings,
        Action<string, string> writeGraph, CancellationToken cancellation)
    {
        var all = ListFiles(source);
        var taken = all.Where(IsPart).ToList();
        var card = CreateCard(source, settings);
        using var staged = new StagedFolder(root, card.Name);
        try
        {
            var (bytes, linked) = staged.TakeOver(source, taken, cancellation);
            var isGraphMade = GraphFileFinder.Find(staged.Path) is null;
            if (isGraphMade)
            {
                var graph = Path.Combine(staged.Path, GraphFile);
                writeGraph(source, graph);
                bytes += new FileInfo(graph).Length;
            }
            var width = await TryAsync(staged.Path, card.ImageEncoder!, cancellation);
            ModelCardFile.Write(Path.Combine(staged.Path, ModelFolder.CardFile), card);
            var digest = ModelFolder.WriteSums(staged.Path);
            return new ImportedImageEncoder(staged.Commit(), card, digest, width, bytes, linked, isGraphMade,
                [.. all.Except(taken).Where(file => file != ModelFolder.CardFile && file != ModelFolder.SumsFile)]);
        }
        catch (InvalidDataException error)
        {
            // What is wrong is wrong in the caller's folder too; the copy is gone when the message is read.
            throw new InvalidDataException(error.Message.Replace(staged.Path, source, StringComparison.Ordinal), error);
        }
    }

    private static async Task<int> TryAsync(string folder, ImageEncoderCard card, CancellationToken cancellation)
    {
        using var encoder = new ImageEncoder(folder, card, OnnxSessionOptions.Cpu);
        byte[] pixels = [.. Enumerable.Range(0, TrialWidth * TrialHeight * 3).Select(i => (byte)(i * 7 % 251))];
        var picture = ImageCodec.EncodePng(new RasterImage(TrialWidth, TrialHeight, channels: 3, pixels));
        try
        {
            await encoder.RunAsync([encoder.Prepare(picture, "a trial picture")], cancellation);
            return encoder.Width;
        }
        catch (MeshException refusal)
        {
            throw new InvalidDataException($"{Path.Combine(folder, PreprocessorSettingsReader.FileName)}: {refusal.Message}", refusal);
        }
    }

    private static ModelCard CreateCard(string source, ImageEncoderImportSettings settings)
    {
        var family = ImageEncoderFamily.Require(JsonFileValue.Find(Path.Combine(source, ConfigFile))!.Value);
        var cardFile = Path.Combine(source, ModelFolder.CardFile);
        var readme = ModelReadme.Read(source);
        var card = File.Exists(cardFile) ? ModelCardFile.Read(cardFile) : new ModelCard
        {
            Kind = ModelKindNames.ImageEncoder,
            Version = ModelCard.UsualVersion,
            Licence = readme.Licence.Length > 0 ? readme.Licence : ModelCard.LicenceNotStated,
        };
        if (card.Kind != ModelKindNames.ImageEncoder)
            throw new InvalidDataException($"{cardFile}: kind: is '{card.Kind}', and {ConfigFile} is that of an image encoder");
        var known = card.ImageEncoder ?? new ImageEncoderCard
        {
            Pooling = family.UsualPooling,
            NearDuplicate = ImageEncoderCard.UsualNearDuplicate,
        };
        return card with
        {
            Name = settings.Name,
            Version = settings.Version ?? card.Version,
            Licence = settings.Licence ?? card.Licence,
            ImageEncoder = known with
            {
                Pooling = settings.Pooling ?? known.Pooling,
                AsOpened = settings.AsOpened || known.AsOpened,
                NearDuplicate = settings.NearDuplicate ?? known.NearDuplicate,
            },
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

    private static bool IsPart(string file) => _files.Contains(file) || GraphFileFinder.IsPart(file)
        || Path.GetFileName(file).StartsWith("LICEN", StringComparison.OrdinalIgnoreCase);
}
