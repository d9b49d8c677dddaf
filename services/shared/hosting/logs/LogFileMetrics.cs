using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Hosting.Logs;

/// <summary>Metrics of the logs in files.</summary>
public sealed class LogFileMetrics
{
    /// <summary>The meter to subscribe to.</summary>
    public const string Name = "SynCxr.Mesh.Logs";

    private readonly Counter<long> _droppedLines;

    public LogFileMetrics(IMeterFactory meters) => _droppedLines = meters.Create(Name).CreateCounter<long>("syncxr.log.dropped_lines",
        "{line}", "Lines that a log file could not take.");

    public void RecordDroppedLine() => _droppedLines.Add(1);
}
