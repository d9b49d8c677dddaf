namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Lets the end of a data set stop the calls that are under way in this process. Ends that other replicas bring about come by
/// <see cref="CancellationPoller"/>.
/// </summary>
internal sealed class RunningWorkRegistry
{
    private readonly Dictionary<string, Running> _running = new(StringComparer.Ordinal);

    /// <summary>Data sets that something is under way for.</summary>
    public IReadOnlyList<string> Datasets
    {
        get
        {
            lock (_running)
                return [.. _running.Keys];
        }
    }

    /// <summary>Says that work begins; dispose the result when it is over.</summary>
    public WorkScope Enter(string dataset)
    {
        lock (_running)
        {
            if (!_running.TryGetValue(dataset, out var running))
                _running[dataset] = running = new Running();
            running.Pieces++;
            return new WorkScope(this, dataset, running.End);
        }
    }

    public void Cancel(string dataset)
    {
        CancellationTokenSource? end;
        lock (_running)
            end = _running.GetValueOrDefault(dataset)?.End;
        end?.Cancel();
    }

    private void Leave(string dataset)
    {
        lock (_running)
        {
            var running = _running[dataset];
            if (--running.Pieces == 0)
                _running.Remove(dataset); // not disposed: somebody may be cancelling it, and it holds no timer
        }
    }

    /// <summary>One piece of work; <see cref="Ended"/> is cancelled with its data set.</summary>
    public sealed class WorkScope(RunningWorkRegistry work, string dataset, CancellationTokenSource end) : IDisposable
    {
        public CancellationToken Ended => end.Token;

        public void Dispose() => work.Leave(dataset);
    }

    private sealed class Running
    {
        public CancellationTokenSource End { get; } = new();

        public int Pieces { get; set; }
    }
}
