using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Hosting.Logs;

/// <summary>
/// A log in a file that never throws. Where the disk takes no more, lines are dropped and counted, and the file goes on when there is room
/// again. A file that has reached its size becomes <c>.1</c>, the one before <c>.2</c>, and so on.
/// </summary>
public sealed class RotatingLogFile : IDisposable
{
    /// <summary>Size of a file, in bytes, and how many old ones are kept beside it.</summary>
    public const int DefaultBytes = 16 * 1024 * 1024, OldFiles = 4;

    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly Action _onDropped;
    private readonly long _bytes;
    private FileStream? _file;
    private long _failedAt;
    private bool _isDisposed;

    /// <param name="path">The file, which is appended to. Its folder must exist.</param>
    /// <param name="clock">Of the pause after a failure.</param>
    /// <param name="onDropped">Called for each line that is dropped.</param>
    /// <param name="bytes">The size from which on a new file is begun.</param>
    public RotatingLogFile(string path, TimeProvider clock, Action onDropped, long bytes = DefaultBytes) =>
        (_path, _clock, _onDropped, _bytes) = (path, clock, onDropped, bytes);

    /// <summary>Lines that were dropped since the newest one that was written.</summary>
    public long DroppedLines { get; private set; }

    /// <summary>Writes a line, or drops it.</summary>
    public void WriteLine(string line)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            if (_failedAt != 0 && _clock.GetElapsedTime(_failedAt) < _retryAfter)
            {
                DropLine();
                return;
            }

            try
            {
                WriteOrThrow(line);
                (_failedAt, DroppedLines) = (0, 0);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                CloseFile();
                _failedAt = _clock.GetTimestamp();
                DropLine();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            CloseFile();
        }
    }

    private void WriteOrThrow(string line)
    {
        if (_file?.Length >= _bytes)
            Rotate();
        var file = _file ??=
            new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var lost = DroppedLines == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"{DroppedLines} lines are missing here, since they could not be written.\n");
        var length = file.CanSeek ? file.Length : 0;
        try
        {
            file.Write(Encoding.UTF8.GetBytes($"{lost}{line}\n"));
        }
        catch (IOException) when (file.CanSeek)
        {
            file.SetLength(length); // the part of the line that still went in
            throw;
        }
    }

    private void Rotate()
    {
        CloseFile();
        for (var number = OldFiles; number > 0; number--)
        {
            var younger = number == 1 ? _path : GetOldPath(number - 1);
            if (File.Exists(younger))
                File.Move(younger, GetOldPath(number), overwrite: true);
        }
    }

    private string GetOldPath(int number) => string.Create(CultureInfo.InvariantCulture, $"{_path}.{number}");

    private void CloseFile()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            // some file systems say only now that the disk is full; the lines are lost either way
        }

        _file = null;
    }

    private void DropLine()
    {
        DroppedLines++;
        _onDropped();
    }
}
