namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>A vocabulary that a tenant has added.</summary>
internal sealed class VocabularyRow
{
    public required string Tenant { get; init; }

    public required string Name { get; init; }

    public required string Digest { get; init; }

    /// <summary>Entities by type, a JSON object.</summary>
    public required string CountsJson { get; init; }

    public required long CreatedMs { get; init; }
}

/// <summary>One entity of it.</summary>
internal sealed class VocabularyEntityRow
{
    public required string Tenant { get; init; }

    public required string Vocabulary { get; init; }

    public required int Position { get; init; }

    public required string Id { get; init; }

    public required int Type { get; init; }

    /// <summary>The line of the canonical text.</summary>
    public required string Line { get; init; }
}

/// <summary>An answer that was given to a request id.</summary>
internal sealed class RequestRow
{
    public required string Tenant { get; init; }

    public required string RequestId { get; init; }

    public required string BodyDigest { get; init; }

    public required string Resource { get; init; }

    public required long CreatedMs { get; init; }
}

/// <summary>A value that all replicas share.</summary>
internal sealed class SettingRow
{
    public required string Name { get; init; }

    public required string Value { get; init; }
}
