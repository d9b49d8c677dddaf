using SynCxr.Mesh.Hosting.Logs;

namespace SynCxr.Mesh.Standalone;

/// <summary>
/// Writes the logs of the standalone mesh to files in its state folder that rotate by size and never throw, so that the terminal shows the
/// command's output alone.
/// </summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    private readonly RotatingLogFile _file;
    private readonly TimeProvider _clock;

    public FileLoggerProvider(string path, TimeProvider clock, LogFileMetrics metrics)
    {
        _clock = clock;
        _file = new RotatingLogFile(path, clock, metrics.RecordDroppedLine);
    }

    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this, categoryName);

    public void Dispose() => _file.Dispose();

    private sealed class CategoryLogger(FileLoggerProvider file, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            file._file.WriteLine(LogLineFormatter.Format(file._clock.GetUtcNow(), logLevel, name, eventId.Name,
                formatter(state, exception), exception));
        }
    }
}
