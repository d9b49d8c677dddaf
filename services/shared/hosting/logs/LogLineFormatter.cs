using System.Globalization;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Logs;

/// <summary>
/// A record of a log file: one line, and the exception indented below it. Control characters of what callers sent are escaped, so that
/// nobody can write a line of his own.
/// </summary>
public static class LogLineFormatter
{
    private const string Indent = "\n    ";

    public static string Format(DateTimeOffset time, LogLevel level, string category, string? eventName, string message,
        Exception? exception)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{time:O} {level} {category} {eventName} {EchoedText.Escape(message)}");
        return exception is null ? line : line + Indent + exception.ToString().ReplaceLineEndings(Indent);
    }
}
