using System.Globalization;

namespace SynCxr.Mesh.Standalone;

/// <summary>
/// Writes the logs of the standalone mesh to a file in its state folder, so that the terminal shows the command's output alone.
/// </summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    private readonly StreamWriter _writer;
    private readonly TimeProvider _clock;

    public FileLoggerProvider(string path, TimeProvider clock)
    {
        _clock = clock;
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
    }

    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this, categoryName);

    public void Dispose() => _writer.Dispose();

    private void Write(string line)
    {
        lock (_writer)
        {
            if (_writer.BaseStream.CanWrite)
                _writer.WriteLine(line);
        }
    }

    private sealed class CategoryLogger(FileLoggerProvider file, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var time = file._clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
            file.Write(
                $"{time} {logLevel} {name} {eventId.Name} {formatter(state, exception)}{(exception is null ? "" : "\n" + exception)}");
        }
    }
}
