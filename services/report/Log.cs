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

    [LoggerMessage(5, LogLevel.Error, "A batch of {Answers} answers failed; they fail with it, and the context is made anew.",
        EventName = "report.llama-batch-failed")]
    public static partial void LlamaBatchFailed(ILogger logger, Exception error, int answers);

    [LoggerMessage(8, LogLevel.Critical, "The engine of the GGUF model has ended; this replica writes nothing with it any more.",
        EventName = "report.llama-ended")]
    public static partial void LlamaEngineEnded(ILogger logger, Exception error);
}
