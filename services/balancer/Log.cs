namespace SynCxr.Mesh.Balancer;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "datasets/{Dataset} created: {Pairs} pairs, spec {SpecDigest}", EventName = "dataset.created")]
    public static partial void DatasetCreated(ILogger logger, string dataset, long pairs, string specDigest);

    [LoggerMessage(2, LogLevel.Error, "datasets/{Dataset} failed: {Error}", EventName = "dataset.failed")]
    public static partial void DatasetFailed(ILogger logger, string dataset, string error);

    [LoggerMessage(3, LogLevel.Information, "datasets/{Dataset} cancelled", EventName = "dataset.cancelled")]
    public static partial void DatasetCancelled(ILogger logger, string dataset);

    [LoggerMessage(4, LogLevel.Information, "datasets/{Dataset} sealed: root {Root}, {Seconds:F1} s", EventName = "dataset.sealed")]
    public static partial void DatasetSealed(ILogger logger, string dataset, string root, double seconds);

    [LoggerMessage(5, LogLevel.Error, "datasets/{Dataset} paused: {Reason}: {Error}", EventName = "dataset.paused")]
    public static partial void DatasetPaused(ILogger logger, string dataset, string reason, string error);

    [LoggerMessage(6, LogLevel.Information, "datasets/{Dataset} resumed", EventName = "dataset.resumed")]
    public static partial void DatasetResumed(ILogger logger, string dataset);

    [LoggerMessage(10, LogLevel.Debug, "datasets/{Dataset} pair {Index}: attempt {Attempt} rejected: {Reasons}",
        EventName = "pair.rejected")]
    public static partial void PairRejected(ILogger logger, string dataset, long index, int attempt, string reasons);

    [LoggerMessage(11, LogLevel.Warning, "datasets/{Dataset} pair {Index}, {Stage}: {Status}: {Detail}; again in {Pause}",
        EventName = "pair.delayed")]
    public static partial void PairDelayed(ILogger logger, string dataset, long index, string stage, string status, string detail,
        TimeSpan pause);

    [LoggerMessage(12, LogLevel.Debug, "datasets/{Dataset} pair {Index}: stopped with its data set or its process",
        EventName = "pair.stopped")]
    public static partial void PairStopped(ILogger logger, string dataset, long index);

    [LoggerMessage(13, LogLevel.Error, "datasets/{Dataset} pair {Index}, {Stage}: a step broke", EventName = "pair.step-broken")]
    public static partial void PairStepFailed(ILogger logger, Exception error, string dataset, long index, string stage);

    [LoggerMessage(14, LogLevel.Warning, "datasets/{Dataset} pair {Index}: image {Sha256} is lost and rendered again: {Detail}",
        EventName = "image.lost")]
    public static partial void ImageLost(ILogger logger, string dataset, long index, string sha256, string detail);

    [LoggerMessage(20, LogLevel.Information, "datasets/{Dataset} shard {Shard}: {Pairs} pairs accepted", EventName = "shard.accepted")]
    public static partial void ShardAccepted(ILogger logger, string dataset, int shard, int pairs);

    [LoggerMessage(21, LogLevel.Warning, "datasets/{Dataset} shard {Shard}, duplicates: {Detail}; again in {Pause}",
        EventName = "shard.delayed")]
    public static partial void ShardDelayed(ILogger logger, string dataset, int shard, string detail, TimeSpan pause);

    [LoggerMessage(22, LogLevel.Information, "datasets/{Dataset} shard {Shard}: {Pairs} pairs used up their attempts; {Outcome}",
        EventName = "shard.sets-replaced")]
    public static partial void SetsReplaced(ILogger logger, string dataset, int shard, int pairs, string outcome);

    [LoggerMessage(23, LogLevel.Debug, "datasets/{Dataset} shard {Shard}: stopped with its data set or its process",
        EventName = "shard.stopped")]
    public static partial void ShardStopped(ILogger logger, string dataset, int shard);

    [LoggerMessage(24, LogLevel.Warning,
        "datasets/{Dataset} shard {Shard}: lost features of {Blocks} earlier shards are stored again", EventName = "embeddings.restored")]
    public static partial void EmbeddingsRestored(ILogger logger, string dataset, int shard, int blocks);

    [LoggerMessage(30, LogLevel.Information, "{Pairs} unfinished pairs are taken up again", EventName = "reconciler.taken-up")]
    public static partial void UnfinishedPairsResumed(ILogger logger, int pairs);

    [LoggerMessage(31, LogLevel.Error, "a pass over unfinished work failed; the next one comes", EventName = "reconciler.failed")]
    public static partial void ReconcileFailed(ILogger logger, Exception error);

    [LoggerMessage(33, LogLevel.Warning, "ended data sets could not be looked up; the next look comes", EventName = "end-watch.failed")]
    public static partial void CancellationPollFailed(ILogger logger, Exception error);

    [LoggerMessage(34, LogLevel.Warning, "datasets/{Dataset}: sealing was interrupted; it goes on in {Pause}",
        EventName = "sealing.delayed")]
    public static partial void SealingDelayed(ILogger logger, Exception error, string dataset, TimeSpan pause);

    [LoggerMessage(35, LogLevel.Information,
        "datasets/{Dataset}: sealing stopped; the data set has ended, is paused or is another replica's", EventName = "sealing.stopped")]
    public static partial void SealingStopped(ILogger logger, string dataset);

    [LoggerMessage(36, LogLevel.Warning, "datasets/{Dataset}: the lease for sealing is lost", EventName = "sealing.lease-lost")]
    public static partial void SealingLeaseLost(ILogger logger, string dataset);

    [LoggerMessage(37, LogLevel.Warning, "datasets/{Dataset}: the lease for sealing could not be renewed; the next try comes",
        EventName = "sealing.heartbeat-failed")]
    public static partial void SealingHeartbeatFailed(ILogger logger, Exception error, string dataset);

    [LoggerMessage(38, LogLevel.Information, "datasets/{Dataset}: what its seal had left is deleted", EventName = "sealing.swept")]
    public static partial void SealingSwept(ILogger logger, string dataset);

    [LoggerMessage(39, LogLevel.Warning, "what ended seals had left could not be deleted; the next try comes",
        EventName = "sealing.sweep-failed")]
    public static partial void SealingSweepFailed(ILogger logger, Exception error);
}
