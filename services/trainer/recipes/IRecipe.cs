using System.Globalization;
using System.Text.Json.Serialization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;

namespace SynCxr.Mesh.Trainer.Recipes;

/// <summary>A way to train: data in, model folder out.</summary>
public interface IRecipe
{
    /// <summary>Its name in requests.</summary>
    string Name { get; }

    /// <summary>What it makes, in a sentence.</summary>
    string Summary { get; }

    /// <summary>Names of its presets.</summary>
    IReadOnlyCollection<string> Presets { get; }

    /// <summary>True if it reads <see cref="TrainingPlan.Sources"/>, false if <see cref="TrainingPlan.Data"/>.</summary>
    bool ReadsSources { get; }

    /// <summary>Trains, resuming from checkpoints in the work folder, and writes the model folder. Blocks the calling thread.</summary>
    Task RunAsync(RecipeRun run, CancellationToken cancellation);
}

/// <summary>What is to be trained.</summary>
/// <param name="Recipe">Name of a recipe.</param>
/// <param name="Preset">Name of one of its presets.</param>
/// <param name="Data">Folders with training images.</param>
/// <param name="ModelName">Name of the model that comes out.</param>
/// <param name="Seed">Seed of weights, order and noise.</param>
/// <param name="Steps">Replaces the preset's number of steps; null keeps it.</param>
public sealed record TrainingPlan(string Recipe, string Preset, IReadOnlyList<string> Data, string ModelName, ulong Seed, long? Steps)
{
    /// <summary>Data to train on, for recipes that read sources instead of folders.</summary>
    public IReadOnlyList<RadiographSource> Sources { get; init; } = [];

    /// <summary>Data to choose the best weights by; if empty, a twentieth of the patients of each source is held out.</summary>
    public IReadOnlyList<RadiographSource> Validation { get; init; } = [];

    /// <summary>True if a mix passes through each source equally often; false if each has its weight of a fixed number of steps.</summary>
    public bool EqualEpochs { get; init; }

    /// <summary>Replaces the preset's number of epochs; null keeps it.</summary>
    public double? Epochs { get; init; }

    /// <summary>
    /// Safetensors file that the image encoder starts from, or a folder with <c>config.json</c> and safetensors; empty: new weights.
    /// </summary>
    public string ImageWeights { get; init; } = "";

    /// <summary>
    /// Folder with safetensors, <c>config.json</c>, <c>vocab.txt</c> and <c>tokenizer_config.json</c> that the text encoder starts from;
    /// empty: new weights and a vocabulary of the training texts.
    /// </summary>
    public string TextWeights { get; init; } = "";

    /// <summary>
    /// Prefixes of parameter names that are not trained; null: the preset's. The JSON of a plan is the key of its work folder, so a
    /// property that is added to plans must be left out where it is not set: else a newer program would not find older checkpoints and
    /// curves.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Frozen { get; init; }

    /// <summary>What is done with bad files and duplicates of <see cref="Data"/>; null where nothing is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImageFolderSettings? FolderSettings { get; init; }

    /// <summary>Version of the model, where it is not the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Version { get; init; }

    /// <summary>What may be read of <see cref="Data"/> and of the weights, and what messages call them.</summary>
    [JsonIgnore]
    public DataBoundary Boundary { get; init; } = DataBoundary.Open;

    /// <summary>The version as the card says it.</summary>
    [JsonIgnore]
    public string CardVersion => (Version ?? 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>Name of the file of all weights beside the model folder: one for each version.</summary>
    [JsonIgnore]
    public string WeightsFile => Version is null ? $"{ModelName}.safetensors" : $"{ModelName}.v{CardVersion}.safetensors";
}

/// <summary>One run of a recipe.</summary>
/// <param name="Plan">What to train.</param>
/// <param name="WorkFolder">Checkpoints and caches; a second run of the plan resumes from them.</param>
/// <param name="ModelFolder">Folder of the finished model; written under a temporary name and renamed.</param>
/// <param name="Captions">Writes captions from labels.</param>
/// <param name="Progress">Reported to after every step.</param>
public sealed record RecipeRun(
    TrainingPlan Plan, string WorkFolder, string ModelFolder, ICaptionWriter Captions, IProgress<LoopProgress> Progress)
{
    /// <summary>Takes sentences for the user about the data that are learnt from.</summary>
    public TrainingNotes Notes { get; init; } = new(_ => { });

    public string WorkFile(string file) => Path.Combine(WorkFolder, file);

    /// <summary>The training set, squares of <paramref name="side"/> pixels.</summary>
    /// <param name="padded">True to keep each image's proportions, in a black square; false to stretch it.</param>
    /// <exception cref="MeshException">It can't be read, or has fewer images than a batch.</exception>
    public ImageSet ReadImages(int side, int batch, CancellationToken cancellation, bool padded = false)
    {
        var images = ImageFolderReader.Read(Plan.Data, side, Plan.Boundary, "spec.data", cancellation,
            Plan.FolderSettings ?? new ImageFolderSettings(null, null), padded);
        Notes.Add(images.Notes);
        return images.Images.Count >= batch
            ? images
            : throw MeshException.Invalid("spec.data",
                $"has {images.Images.Count} images; preset {Plan.Preset} needs at least one batch of {batch}");
    }
}
