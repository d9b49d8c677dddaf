using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>
/// Something that files hold, read again within a second of their change. Contents are compared, not times: Kubernetes swaps the folder
/// that a mounted secret's links lead through. What can't be read later is logged, and what was read before stays.
/// </summary>
internal sealed class ReloadedFile<T> : IDisposable
    where T : class
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);
    private readonly IReadOnlyList<string> _paths;
    private readonly Func<IReadOnlyList<byte[]>, T> _parse;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private IReadOnlyList<byte[]> _contents;
    private volatile T _current;
    private string _lastProblem = "";

    /// <param name="paths">The files.</param>
    /// <param name="parse">Makes the value of their contents; throws <see cref="InvalidDataException"/> where it can't.</param>
    /// <exception cref="IOException">A file can't be read.</exception>
    public ReloadedFile(IReadOnlyList<string> paths, Func<IReadOnlyList<byte[]>, T> parse, TimeProvider clock, ILogger logger)
    {
        (_paths, _parse, _logger) = (paths, parse, logger);
        _contents = ReadAll();
        _current = parse(_contents);
        _timer = clock.CreateTimer(_ => ReadAgain(), null, _interval, _interval);
    }

    /// <summary>What was read last.</summary>
    public T Current => _current;

    /// <summary>Reads the files now if they have changed.</summary>
    public void ReadAgain()
    {
        lock (_timer)
        {
            try
            {
                var contents = ReadAll();
                if (contents.Zip(_contents).All(c => c.First.AsSpan().SequenceEqual(c.Second)))
                    return;
                _current = _parse(contents);
                _contents = contents;
                _lastProblem = "";
                Log.FileReadAgain(_logger, _paths[0]);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                if (_lastProblem != error.Message)
                    Log.FileNotReadAgain(_logger, _paths[0], _lastProblem = error.Message);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private byte[][] ReadAll() => [.. _paths.Select(SettingFile.ReadAllBytes)];
}
