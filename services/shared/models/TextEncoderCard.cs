namespace SynCxr.Mesh.Models;

/// <summary>How a vector is made of a text, for encoders whose folder has no <c>modules.json</c> that says it.</summary>
public sealed record TextEncoderCard
{
    /// <summary>One of <see cref="TextPoolingNames"/>.</summary>
    public string Pooling { get; init; } = "";

    /// <summary>True where a vector is divided by its length.</summary>
    public bool Normalize { get; init; }

    /// <summary>Most tokens of a text or pair, special ones included; 0: what tokenizer and graph allow.</summary>
    public int MaxTokens { get; init; }
}

/// <summary>The ways to make one vector of the states of a text's tokens.</summary>
public static class TextPoolingNames
{
    /// <summary>The first token's state: MedCPT and other models that were trained so.</summary>
    public const string Cls = "cls";

    /// <summary>The mean of all tokens, special ones included: most sentence encoders.</summary>
    public const string Mean = "mean";

    public static IReadOnlyList<string> All { get; } = [Cls, Mean];
}
