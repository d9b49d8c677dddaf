using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Jobs;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "a look at the rows failed; the next one comes", EventName = "work.pass-failed")]
    public static partial void PassFailed(ILogger logger, Exception error);

    [LoggerMessage(2, LogLevel.Warning, "the lease on {Kind}/{Id} could not be renewed", EventName = "work.beat-failed")]
    public static partial void BeatFailed(ILogger logger, Exception error, string kind, string id);

    [LoggerMessage(3, LogLevel.Warning, "{Kind}/{Id} is another process's by now; what this one did of it does not count",
        EventName = "work.lease-lost")]
    public static partial void LeaseLost(ILogger logger, string kind, string id);
}
