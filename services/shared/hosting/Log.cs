using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Hosting;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Method} refused: {Reason}: {Detail} (request {RequestId})", EventName = "call.refused")]
    public static partial void Refused(ILogger logger, string method, string reason, string detail, string requestId);

    [LoggerMessage(2, LogLevel.Error, "{Method} failed (request {RequestId})", EventName = "call.failed")]
    public static partial void Failed(ILogger logger, Exception exception, string method, string requestId);

    [LoggerMessage(3, LogLevel.Information, "{Service} listens on {Addresses}", EventName = "host.listening")]
    public static partial void Listening(ILogger logger, string service, string addresses);

    [LoggerMessage(4, LogLevel.Information, "draining: not ready any more, {Calls} calls in flight, {Limit} at most",
        EventName = "host.draining")]
    public static partial void Draining(ILogger logger, int calls, TimeSpan limit);

    [LoggerMessage(5, LogLevel.Warning, "drain limit reached with {Calls} calls in flight; they are cut", EventName = "host.drain-cut")]
    public static partial void DrainCut(ILogger logger, int calls);

    [LoggerMessage(6, LogLevel.Warning, "the replicas of {Peer} can't be found, the last ones stay in use: {Problem}",
        EventName = "peers.not-read")]
    public static partial void PeersNotRead(ILogger logger, string peer, string problem);

    [LoggerMessage(7, LogLevel.Information, "the replicas of {Peer} are {Replicas}", EventName = "peers.found")]
    public static partial void PeersFound(ILogger logger, string peer, string replicas);

    [LoggerMessage(8, LogLevel.Information, "{Ready} of {Known} replicas of {Peer} are ready", EventName = "peers.used")]
    public static partial void PeersUsed(ILogger logger, string peer, int ready, int known);

    [LoggerMessage(9, LogLevel.Error, "a defect in following the replicas of {Peer}; the last ones stay in use, the next look comes",
        EventName = "peers.broken")]
    public static partial void PeersBroken(ILogger logger, Exception exception, string peer);

    [LoggerMessage(10, LogLevel.Error, "a defect in watching {Replica}; the watch begins again", EventName = "peers.watch-broken")]
    public static partial void WatchBroken(ILogger logger, Exception exception, Uri replica);

    [LoggerMessage(20, LogLevel.Warning, "{Messages} {Type} not handed to the broker; whoever sent them makes up for it",
        EventName = "bus.not-published")]
    public static partial void NotPublished(ILogger logger, Exception exception, int messages, string type);
}
