namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A rejected attempt: a row of <c>rejects.parquet</c>.</summary>
public sealed record RejectRecord
{
    public required long Index { get; init; }

    /// <summary>From 0.</summary>
    public required int Attempt { get; init; }

    /// <summary>The step that rejected it: <c>report</c>, <c>image</c> or <c>duplicate</c>.</summary>
    public required string Step { get; init; }

    /// <summary>Why; at least one.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Ids of the entities that were asked for; at least one.</summary>
    public required IReadOnlyList<string> Entities { get; init; }

    /// <summary>Empty where no report was accepted yet, like every text below.</summary>
    public required string Findings { get; init; }

    public required string Impression { get; init; }

    public required string ImageSha256 { get; init; }

    public required string PixelsSha256 { get; init; }

    /// <summary>The verdict or the likeness that rejected it as canonical JSON, or the entity check's message as a JSON string.</summary>
    public required string Evidence { get; init; }
}
