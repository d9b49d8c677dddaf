namespace SynCxr.Mesh.Models;

/// <summary>What an image–text model is made of, and how its inputs are prepared.</summary>
public sealed record VisionLanguageCard
{
    /// <summary><c>convirt</c> or <c>gloria</c>.</summary>
    public string Method { get; init; } = "";

    /// <summary>Side of its square input, in pixels; images are stretched to it.</summary>
    public int Side { get; init; }

    /// <summary>Side to which the network enlarges its input (bilinear) before the first layer; 0: not at all.</summary>
    public int Upsampled { get; init; }

    /// <summary>Taken from pixels in 0..1, and what they are then divided by.</summary>
    public double Mean { get; init; }

    /// <inheritdoc cref="Mean"/>
    public double Deviation { get; init; }

    /// <summary>Most word pieces of a text, [CLS] and [SEP] included.</summary>
    public int Tokens { get; init; }

    /// <summary>Width of the space in which images and texts meet.</summary>
    public int Embedding { get; init; }

    public ResNetSizes Image { get; init; } = new();

    public BertSizes Text { get; init; } = new();

    /// <summary>The loss's temperatures and weights, by name.</summary>
    public IReadOnlyDictionary<string, double> Loss { get; init; } = new Dictionary<string, double>();
}

/// <summary>Sizes of the image encoder.</summary>
public sealed record ResNetSizes
{
    /// <summary>Blocks of each of the four stages.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [];

    public bool Bottleneck { get; init; }

    /// <summary>Channels of the stem, and of the first stage where <see cref="StageWidths"/> does not say it.</summary>
    public int Width { get; init; }

    /// <summary>Channels of what each stage gives, where one is not twice as wide as the one before; else empty.</summary>
    public IReadOnlyList<int> StageWidths { get; init; } = [];
}

/// <summary>Sizes of the text encoder.</summary>
public sealed record BertSizes
{
    public int Vocabulary { get; init; }

    public int Hidden { get; init; }

    public int Layers { get; init; }

    public int Heads { get; init; }

    public int Intermediate { get; init; }

    public int Positions { get; init; }

    /// <summary><c>gelu</c> if null; else <c>gelu_new</c>, <c>relu</c> or <c>silu</c>.</summary>
    public string? Activation { get; init; }

    /// <summary>What a layer norm adds to the variance; 1e-12 if null.</summary>
    public double? LayerNormEps { get; init; }

    /// <summary>Kinds of tokens; 2 if null.</summary>
    public int? TokenTypes { get; init; }
}
