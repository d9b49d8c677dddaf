namespace SynCxr.Mesh.Evaluator;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Name} starts: {Task}", EventName = "evaluation.started")]
    public static partial void Started(ILogger logger, string name, string task);

    [LoggerMessage(2, LogLevel.Information, "{Name} found {Figures} figures", EventName = "evaluation.succeeded")]
    public static partial void Succeeded(ILogger logger, string name, int figures);

    [LoggerMessage(3, LogLevel.Information, "{Name} was cancelled", EventName = "evaluation.cancelled")]
    public static partial void Cancelled(ILogger logger, string name);

    [LoggerMessage(4, LogLevel.Error, "{Name} failed", EventName = "evaluation.failed")]
    public static partial void Failed(ILogger logger, string name, Exception error);

    [LoggerMessage(5, LogLevel.Information, "{Name}: {Phase} took {Seconds:0.0} s", EventName = "evaluation.phase")]
    public static partial void Phase(ILogger logger, string name, string phase, double seconds);
}
