namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Where a data set is in its life. Numbers are stored: they never change.</summary>
internal enum DatasetStage
{
    Assembling = 1,
    Sealing = 2,
    Sealed = 3,
    Failed = 4,
    Cancelled = 5,

    /// <summary>Waits for a person; <see cref="DatasetRow.PausedIn"/> says where it goes on.</summary>
    Paused = 6,
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

    /// <summary>Images that were lost or damaged in the object store and were rendered again from their seed.</summary>
    public long LostImages { get; set; }

    /// <summary>Bytes of the images of shards that are done and, once it is sealed, of its files.</summary>
    public long StoredBytes { get; set; }

    /// <summary>Why it failed or is paused, for people; else empty.</summary>
    public string Error { get; set; } = "";

    /// <summary>The registered reason of that; else empty.</summary>
    public string ErrorReason { get; set; } = "";

    /// <summary>The stage that it was paused in and is resumed in; 0 unless it is paused.</summary>
    public DatasetStage PausedIn { get; set; }

    /// <summary>When it was resumed last; 0 if never. Failures of before count no more.</summary>
    public long ResumedMs { get; set; }

    /// <summary>
    /// The model that the report writer's server said answers, since the first report after creation or resumption; empty where no server
    /// says it.
    /// </summary>
    public string ServedModel { get; set; } = "";

    /// <summary>The same of the judge's server, since the first verdict.</summary>
    public string JudgeServedModel { get; set; } = "";

    /// <summary>How sure it is that the judge drifts: the sum of <c>CanaryDriftTest</c> since creation or resumption.</summary>
    public double CanarySum { get; set; }

    /// <summary>What its work waits for since a fault that may pass; counts while <see cref="WaitingTries"/> does.</summary>
    public string WaitingFor { get; set; } = "";

    /// <summary>The registered reason of the last such fault.</summary>
    public string WaitingReason { get; set; } = "";

    /// <summary>The last such fault in words.</summary>
    public string WaitingMessage { get; set; } = "";

    public long WaitingSinceMs { get; set; }

    /// <summary>Tries that failed since then; 0 while the work goes on.</summary>
    public long WaitingTries { get; set; }

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

    /// <summary>Tries in a row to seal it that ended in a fault that may pass.</summary>
    public int SealingTries { get; set; }

    /// <summary>
    /// Where its files lie in the store of sealed data sets, <c>{tenant}/datasets/{id}</c>, from the first try to seal it on; empty for one
    /// that was sealed before tenants had folders: <c>datasets/{id}</c>.
    /// </summary>
    public string Folder { get; set; } = "";

    /// <summary>SHA-256 of the manifest whose files are being stored: <see cref="SealedFiles"/> counts in its order.</summary>
    public string SealingManifest { get; set; } = "";

    /// <summary>Files, the manifest last, that the store has confirmed to hold byte by byte.</summary>
    public int SealedFiles { get; set; }

    /// <summary>True from the first try to seal it until it is sealed, or until what an ended one left is deleted.</summary>
    public bool HasSealingFiles { get; set; }
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

    /// <summary>Tries of a round in a row that ended in a fault that may pass.</summary>
    public int Tries { get; set; }
}
