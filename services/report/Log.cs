namespace SynCxr.Mesh.Report;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "report of {Entities} entities written by {Writer} in {Attempts} attempts",
        EventName = "report.generated")]
    public static partial void Generated(ILogger logger, int entities, string writer, int attempts);

    [LoggerMessage(2, LogLevel.Information, "{Step} attempt {Number} refused: missing [{Missing}], extra [{Extra}]: {Text}",
        EventName = "report.attempt-refused")]
    public static partial void AttemptRejected(ILogger logger, string step, int number, string missing, string extra, string text);
}
