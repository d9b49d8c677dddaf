using System.Collections.Concurrent;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Lets the first lines about a reason through and counts the others, window by window, so that a caller that does one thing wrong many
/// times a second doesn't fill the disk with lines that say the same.
/// </summary>
internal sealed class RefusalLogSampler(TimeProvider clock)
{
    /// <summary>Lines of one reason in one window.</summary>
    public const int LinesPerWindow = 20;

    /// <summary>How long a window is.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, ReasonWindow> _windows = new(StringComparer.Ordinal);

    /// <summary>Whether a line about a reason is to be written now.</summary>
    /// <param name="reason">A registered reason: there are few of them.</param>
    /// <param name="left">How many lines were left out in the window before, in the first line of a window; else 0.</param>
    public bool TryTakeLine(string reason, out long left) =>
        _windows.GetOrAdd(reason, _ => new ReasonWindow(clock)).TryTakeLine(out left);

    private sealed class ReasonWindow(TimeProvider clock)
    {
        private readonly Lock _gate = new();
        private long _start = clock.GetTimestamp();
        private long _seen;

        public bool TryTakeLine(out long left)
        {
            lock (_gate)
            {
                left = 0;
                if (clock.GetElapsedTime(_start) >= Window)
                {
                    left = Math.Max(0, _seen - LinesPerWindow);
                    _start = clock.GetTimestamp();
                    _seen = 0;
                }

                return ++_seen <= LinesPerWindow;
            }
        }
    }
}
