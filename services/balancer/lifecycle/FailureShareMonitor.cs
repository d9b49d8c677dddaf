using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Counts how many tries of a data set's work failed in the last <c>Balancer:FailureWindow</c>, in this process. A count that a restart
/// forgets only comes later: nothing but the moment of a pause depends on it.
/// </summary>
internal sealed class FailureShareMonitor(IOptions<BalancerOptions> options, TimeProvider clock)
{
    /// <summary>Fewer failures in a window say nothing.</summary>
    public const int LeastFailures = 16;

    private const int Parts = 10;
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);
    private readonly long _partMs = Math.Max(1, (long)options.Value.FailureWindow.TotalMilliseconds / Parts);

    public void RecordSuccess(string dataset)
    {
        // Nothing failed yet: successes before the first failure change no share that could be too large a whole window later.
        if (_windows.TryGetValue(dataset, out var window))
            window.Add(PartNow(), isFailure: false);
    }

    /// <summary>Counts a failure.</summary>
    /// <returns>What failed of how much since when, if it is more than <c>Balancer:FailureShare</c> of a whole window; else null.</returns>
    public FailureShare? RecordFailure(string dataset)
    {
        var window = _windows.GetOrAdd(dataset, _ => new Window(PartNow()));
        var (failures, tries, isWhole) = window.Add(PartNow(), isFailure: true);
        return isWhole && failures >= LeastFailures && failures > options.Value.FailureShare * tries
            ? new FailureShare(failures, tries, (PartNow() - Parts) * _partMs) : null;
    }

    public void Forget(string dataset) => _windows.TryRemove(dataset, out _);

    private long PartNow() => clock.GetUtcNow().ToUnixTimeMilliseconds() / _partMs;

    /// <summary>Counts of the last parts of time, each in the slot of its number.</summary>
    private sealed class Window(long first)
    {
        private readonly (long Part, int Failures, int Tries)[] _slots = new (long, int, int)[Parts];

        public (int Failures, int Tries, bool IsWhole) Add(long part, bool isFailure)
        {
            lock (_slots)
            {
                ref var slot = ref _slots[part % Parts];
                if (slot.Part != part)
                    slot = (part, 0, 0);
                slot.Tries++;
                slot.Failures += isFailure ? 1 : 0;
                var last = _slots.Where(s => s.Part > part - Parts);
                return (last.Sum(s => s.Failures), last.Sum(s => s.Tries), part - first >= Parts);
            }
        }
    }
}

/// <summary>Failed tries of a data set in a window.</summary>
/// <param name="SinceMs">When the window began, Unix milliseconds.</param>
internal sealed record FailureShare(int Failures, int Tries, long SinceMs);
