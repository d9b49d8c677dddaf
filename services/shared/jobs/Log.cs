using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Jobs;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "The job queue could not be read; it is read again at the next round.",
        EventName = "work.pass-failed")]
    public static partial void PassFailed(ILogger logger, Exception error);

    [LoggerMessage(2, LogLevel.Warning, "The lease on {Kind}/{Id} could not be renewed; it is tried again until the lease runs out.",
        EventName = "work.beat-failed")]
    public static partial void HeartbeatFailed(ILogger logger, Exception error, string kind, string id);

    [LoggerMessage(3, LogLevel.Warning,
        "The lease on {Kind}/{Id} was lost: another process works on it now, and what this one did is dropped.",
        EventName = "work.lease-lost")]
    public static partial void LeaseLost(ILogger logger, string kind, string id);
}
