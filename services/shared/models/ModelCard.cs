namespace SynCxr.Mesh.Models;

/// <summary>What <c>model.yaml</c> says of a model. Lists that are left out are empty.</summary>
public sealed record ModelCard
{
    /// <summary>The version of a model that was added without one.</summary>
    public const string UsualVersion = "1";

    /// <summary>The licence of a model that was added without one.</summary>
    public const string LicenceNotStated = "not stated";

    /// <summary>Name that requests refer to the model by.</summary>
    public string Name { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary>One of <see cref="ModelKindNames"/>.</summary>
    public string Kind { get; init; } = "";

    public string Licence { get; init; } = "";

    /// <summary>Whom to name when the model or its images are passed on.</summary>
    public IReadOnlyList<string> Attribution { get; init; } = [];

    /// <summary>The trainer's recipe and preset that made it.</summary>
    public string Recipe { get; init; } = "";

    public string Preset { get; init; } = "";

    /// <summary>Seed of the training run.</summary>
    public ulong Seed { get; init; }

    public IReadOnlyList<TrainingSource> TrainedOn { get; init; } = [];

    /// <summary>What was left out of the training data, or joined in them, one sentence each.</summary>
    public IReadOnlyList<string> DataNotes { get; init; } = [];

    /// <summary>Figures of the training run, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>What it can't do, one sentence each.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>Generators only: ids of the entities that it has learnt to draw.</summary>
    public IReadOnlyList<string> Depicts { get; init; } = [];

    /// <summary>Generators only: the sources that it can be conditioned on.</summary>
    public IReadOnlyList<GeneratorSource> Sources { get; init; } = [];

    /// <summary>Generators only: what a request gets that does not say otherwise.</summary>
    public GeneratorDefaults? Defaults { get; init; }

    /// <summary>Judges only.</summary>
    public JudgeCard? Judge { get; init; }

    /// <summary>Vision–language models only.</summary>
    public VisionLanguageCard? VisionLanguage { get; init; }

    /// <summary>Text encoders only, where the folder's own files do not say how a vector is made.</summary>
    public TextEncoderCard? TextEncoder { get; init; }

    /// <summary>Image encoders only.</summary>
    public ImageEncoderCard? ImageEncoder { get; init; }
}

/// <summary>A folder of training images; the digest is over its files.</summary>
public sealed record TrainingSource
{
    public string Source { get; init; } = "";

    public int Images { get; init; }

    public string Digest { get; init; } = "";
}

/// <summary>One source of a generator's training images.</summary>
public sealed record GeneratorSource
{
    public string Name { get; init; } = "";

    /// <summary>Side of its images before they were resized, in pixels.</summary>
    public int NativeSize { get; init; }

    public IReadOnlyList<string> Depicts { get; init; } = [];
}

/// <summary>Defaults of a generator's requests.</summary>
public sealed record GeneratorDefaults
{
    public int Steps { get; init; }

    public double Guidance { get; init; }

    public string Scheduler { get; init; } = "";

    /// <summary>In pixels.</summary>
    public int Width { get; init; }

    /// <summary>In pixels.</summary>
    public int Height { get; init; }

    /// <summary>In pixels.</summary>
    public int NativeSize { get; init; }
}

/// <summary>How a judge's outputs become a verdict.</summary>
public sealed record JudgeCard
{
    /// <summary>Side of its input, in pixels.</summary>
    public int InputSize { get; init; }

    /// <summary>Width of its embedding.</summary>
    public int Embedding { get; init; }

    /// <summary>The questions, in the order of the logits.</summary>
    public IReadOnlyList<JudgeHead> Heads { get; init; } = [];

    /// <summary>Cosine to the nearest known-bad image at or above which an image is refused.</summary>
    public double BadSimilarity { get; init; }

    /// <summary>Cosine to an accepted pair of the same data set at or above which an image is a near-duplicate.</summary>
    public double NearDuplicate { get; init; }

    /// <summary>Cosine to a training image of the generator at or above which an image is memorised.</summary>
    public double Memorised { get; init; }
}

/// <summary>One yes/no question.</summary>
public sealed record JudgeHead
{
    public string Question { get; init; } = "";

    /// <summary>False when the data held no honest negatives: the answer is recorded and decides nothing.</summary>
    public bool Trained { get; init; }

    /// <summary>Yes at or above this probability.</summary>
    public double Threshold { get; init; }
}

/// <summary>The kinds of model folders.</summary>
public static class ModelKindNames
{
    /// <summary>A diffusers ONNX folder that draws images from text.</summary>
    public const string LatentDiffusion = "latent-diffusion";

    /// <summary>A network of yes/no heads and an embedding.</summary>
    public const string QualityJudge = "quality-judge";

    /// <summary>An image and a text encoder whose outputs can be compared.</summary>
    public const string VisionLanguage = "vision-language";

    /// <summary>A token classifier that finds the entities of a report.</summary>
    public const string EntityCheck = "entity-check";

    /// <summary>A network that makes a vector of a text.</summary>
    public const string TextEncoder = "text-encoder";

    /// <summary>A network that makes a vector of an image.</summary>
    public const string ImageEncoder = "image-encoder";

    /// <summary>A language model that writes reports, as a GGUF file.</summary>
    public const string ReportWriter = "report-writer";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [LatentDiffusion, QualityJudge, VisionLanguage, EntityCheck, TextEncoder, ImageEncoder, ReportWriter];
}
