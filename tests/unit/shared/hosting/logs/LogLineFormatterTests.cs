using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Hosting.Logs;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Logs;

public sealed class LogLineFormatterTests
{
    /// <summary>Every line of a record but the first is indented, whatever callers sent.</summary>
    [Fact]
    public void Format_LineBreaksInMessageAndException_ForgeNoLine()
    {
        const string Forged = "x\r\n2026-11-30T00:00:00Z Error forged\u2028\u001b[31m";
        var error = new InvalidOperationException(Forged);

        var record = LogLineFormatter.Format(DateTimeOffset.UnixEpoch, LogLevel.Warning, "a.b", "call.refused", Forged, error);

        var lines = record.Split('\n');
        Assert.StartsWith("1970-01-01T00:00:00.0000000+00:00 Warning a.b call.refused x\\r\\n2026", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', lines[0]);
        Assert.All(lines.Skip(1), l => Assert.StartsWith("    ", l, StringComparison.Ordinal));
    }
}
