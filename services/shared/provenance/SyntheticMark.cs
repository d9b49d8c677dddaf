namespace SynCxr.Mesh.Provenance;

/// <summary>What a picture says of how it was made. Null is what it does not say.</summary>
public sealed record SyntheticMark
{
    /// <summary>The program that writes our marks.</summary>
    public const string Mesh = "SynCxr.Mesh";

    /// <summary>Address in IPTC's list; <see cref="DigitalSourceTypes"/> has ours.</summary>
    public string? DigitalSourceType { get; init; }

    /// <summary>Name of the generator.</summary>
    public string? AISystem { get; init; }

    /// <summary>Version of the generator.</summary>
    public string? AISystemVersion { get; init; }

    /// <summary>The text that the image was rendered from.</summary>
    public string? Prompt { get; init; }

    /// <summary>The program that wrote the file.</summary>
    public string? CreatorTool { get; init; }

    /// <summary>SHA-256 of the resolved spec of the data set that holds the image, in lower-case hex.</summary>
    public string? SpecDigest { get; init; }

    /// <summary>Index of its pair in that data set.</summary>
    public long? Pair { get; init; }

    /// <summary>Whether the mark says that a trained model made the image, or a part of it.</summary>
    public bool IsSynthetic => DigitalSourceType
        is DigitalSourceTypes.TrainedAlgorithmicMedia or DigitalSourceTypes.CompositeWithTrainedAlgorithmicMedia;

    /// <summary>A mark of an image that a model rendered.</summary>
    public static SyntheticMark FromModel(string name, string version, string prompt) => new()
    {
        DigitalSourceType = DigitalSourceTypes.TrainedAlgorithmicMedia,
        AISystem = name,
        AISystemVersion = version,
        Prompt = prompt,
        CreatorTool = Mesh,
    };
}
