namespace SynCxr.Mesh.Report;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "A report of {Entities} entities was written by {Writer} in {Attempts} attempts.",
        EventName = "report.generated")]
    public static partial void Generated(ILogger logger, int entities, string writer, int attempts);

    [LoggerMessage(2, LogLevel.Information,
        "{Step} attempt {Number} was rejected by the entity check: missing [{Missing}], extra [{Extra}], other problem: {Problem}, "
            + "text: {Text}",
        EventName = "report.attempt-rejected")]
    public static partial void AttemptRejected(ILogger logger, string step, int number, string missing, string extra, string problem,
        string text);
}
