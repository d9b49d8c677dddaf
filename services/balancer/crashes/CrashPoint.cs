namespace SynCxr.Mesh.Balancer.Crashes;

/// <summary>
/// The moments between two steps of a pair's life, from its data set's creation to the sealed folder. A process may die at any of them
/// (<see cref="CrashInjector"/>), and the data set does not change. What is added here is tested by its being here.
/// </summary>
internal enum CrashPoint
{
    /// <summary>The rows of a new data set are stored; nobody was asked for a pair, and the client has no answer.</summary>
    DatasetStored,

    /// <summary>Pairs are claimed; their messages are not published.</summary>
    PairsClaimed,

    /// <summary>The messages are published; nothing came of them.</summary>
    PairsPublished,

    /// <summary>A message came and its row was read.</summary>
    PairLoaded,

    /// <summary>The report service has answered; the row does not know.</summary>
    ReportWritten,

    /// <summary>The report is in the row.</summary>
    ReportStored,

    /// <summary>The image is in the object store; the row does not know.</summary>
    ImageRendered,

    /// <summary>The image's address is in the row.</summary>
    ImageStored,

    /// <summary>The curation service has answered; the row does not know.</summary>
    ImageJudged,

    /// <summary>The verdict is in the row, and it is a good one.</summary>
    VerdictStored,

    /// <summary>A rejected attempt is stored and the row is at its next one; nobody was told.</summary>
    AttemptRejected,

    /// <summary>A pair went as far as it goes; its message is not acknowledged.</summary>
    PairLeft,

    /// <summary>A round of a shard's check is claimed; its message is not published.</summary>
    ShardClaimed,

    /// <summary>The message is published.</summary>
    ShardPublished,

    /// <summary>The message came and the shard's rows were read.</summary>
    ShardLoaded,

    /// <summary>A round's outcome is known; the rows do not know.</summary>
    RoundDone,

    /// <summary>The outcome is in the rows: losers are at their next attempt, or the shard is accepted. Nobody was told.</summary>
    RoundStored,

    /// <summary>The lease for sealing is taken.</summary>
    SealingLeased,

    /// <summary>The folder is written; it is not published.</summary>
    FolderWritten,

    /// <summary>A file of the folder is stored and read back, and the row counts it; the next one is not stored.</summary>
    FileConfirmed,

    /// <summary>The folder is published; the row does not know.</summary>
    FolderPublished,

    /// <summary>The data set is sealed; nobody was told.</summary>
    DatasetSealed,
}
