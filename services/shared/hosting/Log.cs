using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Hosting;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Method} was refused with {Reason}: {Detail} (request {RequestId})",
        EventName = "call.refused")]
    public static partial void Refused(ILogger logger, string method, string reason, string detail, string requestId);

    [LoggerMessage(2, LogLevel.Error, "{Method} failed (request {RequestId})", EventName = "call.failed")]
    public static partial void Failed(ILogger logger, Exception exception, string method, string requestId);

    [LoggerMessage(3, LogLevel.Information, "{Service} listens on {Addresses}", EventName = "host.listening")]
    public static partial void Listening(ILogger logger, string service, string addresses);

    [LoggerMessage(4, LogLevel.Information, "Draining: new calls are refused, {Calls} calls in flight have {Limit} to end.",
        EventName = "host.draining")]
    public static partial void Draining(ILogger logger, int calls, TimeSpan limit);

    [LoggerMessage(5, LogLevel.Warning, "The drain limit is over: {Calls} calls in flight are cut off.", EventName = "host.drain-cut")]
    public static partial void DrainCut(ILogger logger, int calls);

    [LoggerMessage(6, LogLevel.Warning, "The replicas of {Peer} can't be looked up, so the last known ones stay in use: {Problem}",
        EventName = "peers.not-read")]
    public static partial void PeersNotRead(ILogger logger, string peer, string problem);

    [LoggerMessage(7, LogLevel.Information, "The replicas of {Peer} are {Replicas}.", EventName = "peers.found")]
    public static partial void PeersFound(ILogger logger, string peer, string replicas);

    [LoggerMessage(8, LogLevel.Information, "{Ready} of {Known} replicas of {Peer} are ready.", EventName = "peers.used")]
    public static partial void PeersUsed(ILogger logger, string peer, int ready, int known);

    [LoggerMessage(9, LogLevel.Error,
        "Looking up the replicas of {Peer} failed unexpectedly, so the last known ones stay in use; the lookup is tried again.",
        EventName = "peers.broken")]
    public static partial void PeersBroken(ILogger logger, Exception exception, string peer);

    [LoggerMessage(10, LogLevel.Error, "Watching the health of {Replica} failed unexpectedly; the watch starts again.",
        EventName = "peers.watch-broken")]
    public static partial void WatchBroken(ILogger logger, Exception exception, Uri replica);

    [LoggerMessage(11, LogLevel.Warning, "{Server} is waited for, and the process is not ready until then: {Reason} ({Setting}).",
        EventName = "host.waiting")]
    public static partial void WaitingForServer(ILogger logger, string server, string reason, string setting);

    [LoggerMessage(12, LogLevel.Critical, "The process ends, since a part of it failed.", EventName = "host.failed")]
    public static partial void ProcessFailed(ILogger logger, Exception exception);

    [LoggerMessage(13, LogLevel.Information, "{Count} more calls were refused with {Reason} within {Window}, and are not listed.",
        EventName = "call.refusals-left-out")]
    public static partial void RefusalsLeftOut(ILogger logger, long count, string reason, TimeSpan window);

    [LoggerMessage(14, LogLevel.Information, "{File} has changed and was read again.", EventName = "file.read-again")]
    public static partial void FileReadAgain(ILogger logger, string file);

    [LoggerMessage(15, LogLevel.Error, "{File} can't be read again, so what it held before stays in use: {Problem}",
        EventName = "file.not-read-again")]
    public static partial void FileNotReadAgain(ILogger logger, string file, string problem);

    [LoggerMessage(20, LogLevel.Warning,
        "The broker did not take {Messages} messages of type {Type}; they are published again from the rows.",
        EventName = "bus.not-published")]
    public static partial void NotPublished(ILogger logger, Exception exception, int messages, string type);
}
