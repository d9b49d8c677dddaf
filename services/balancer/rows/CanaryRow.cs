namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>A verdict on a canary, beside the attempt that it came with. It is no part of the data set.</summary>
internal sealed class CanaryRow
{
    public required string Dataset { get; init; }

    public required long Index { get; init; }

    public required int Attempt { get; init; }

    /// <summary>The picture, as the curation service calls it.</summary>
    public required string Name { get; init; }

    /// <summary>True where it must be accepted.</summary>
    public required bool IsGood { get; init; }

    public required bool IsAccepted { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long AtMs { get; init; }

    public CanaryRow Copy() => (CanaryRow)MemberwiseClone();
}
