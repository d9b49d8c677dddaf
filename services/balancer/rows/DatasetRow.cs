namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Where a data set is in its life. Numbers are stored: they never change.</summary>
internal enum DatasetStage
{
    Assembling = 1,
    Sealing = 2,
    Sealed = 3,
    Failed = 4,
    Cancelled = 5,
}

/// <summary>A data set. Times are Unix milliseconds.</summary>
internal sealed class DatasetRow
{
    public required string Id { get; init; }

    public required string Tenant { get; init; }

    public DatasetStage Stage { get; set; } = DatasetStage.Assembling;

    /// <summary>Compare-and-set token.</summary>
    public int Version { get; set; }

    /// <summary>The spec as the client gets it back: the proto's JSON with every default filled in.</summary>
    public required string SpecJson { get; init; }

    /// <summary>The canonical resolved spec, whose SHA-256 is the digest.</summary>
    public required string ResolvedJson { get; init; }

    public required string SpecDigest { get; init; }

    /// <summary>Ids of the vocabulary's findings that the generator could draw at creation, a JSON list.</summary>
    public required string DepictedJson { get; init; }

    /// <summary>Engine fingerprints at creation, JSON: recorded, never part of the digest.</summary>
    public required string EnginesJson { get; init; }

    public required long Pairs { get; init; }

    public required int ShardSize { get; init; }

    public required int Shards { get; init; }

    public int ShardsDone { get; set; }

    /// <summary>How evenly entities are used, JSON; changes only when a set is replaced.</summary>
    public required string UseJson { get; set; }

    public long IncompatibleDraws { get; init; }

    public long DuplicatesMs { get; set; }

    public long SealingMs { get; set; }

    public required long CreatedMs { get; init; }

    public long? SealedMs { get; set; }

    public string Root { get; set; } = "";

    /// <summary>Why it failed, for people; empty unless it has.</summary>
    public string Error { get; set; } = "";

    /// <summary>The registered reason of that; empty unless it has failed.</summary>
    public string ErrorReason { get; set; } = "";

    /// <summary>
    /// When it is told that it is sealed, again if nobody has said by then that the training it asks for is queued; null when there is
    /// nothing left to tell.
    /// </summary>
    public long? PublishDueMs { get; set; }

    /// <summary>The training that it asked for, once that is queued.</summary>
    public string Training { get; set; } = "";

    /// <summary>The process that seals it, and until when nobody else may.</summary>
    public string LeaseOwner { get; set; } = "";

    public long LeaseUntilMs { get; set; }
}

/// <summary>A shard: consecutive indexes whose images are held against each other and against the shards before.</summary>
internal sealed class ShardRow
{
    public required string Dataset { get; init; }

    public required int Shard { get; init; }

    public required string Tenant { get; init; }

    /// <summary>Compare-and-set token, and the number of rounds of the duplicate check.</summary>
    public int Version { get; set; }

    public bool Done { get; set; }

    /// <summary>Object with the features of its accepted pairs, once done.</summary>
    public string EmbeddingsSha256 { get; set; } = "";

    public long EmbeddingsSize { get; set; }

    /// <summary>When the message that asks for a round is overdue and is published again.</summary>
    public long DueMs { get; set; }
}
