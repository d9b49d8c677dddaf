namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Lets the end or the pause of a data set stop the calls that are under way in this process. Those that other replicas bring about come by
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
            return new WorkScope(this, dataset, running);
        }
    }

    /// <summary>Stops what is under way. What begins later is not stopped: a paused data set may be resumed at once.</summary>
    public void Cancel(string dataset)
    {
        Running? running;
        lock (_running)
            _running.Remove(dataset, out running);
        running?.End.Cancel();
    }

    private void Leave(string dataset, Running running)
    {
        lock (_running)
        {
            // Not disposed: somebody may be cancelling it, and it holds no timer.
            if (--running.Pieces == 0 && _running.GetValueOrDefault(dataset) == running)
                _running.Remove(dataset);
        }
    }

    /// <summary>One piece of work; <see cref="Ended"/> is cancelled with its data set.</summary>
    public sealed class WorkScope : IDisposable
    {
        private readonly RunningWorkRegistry _work;
        private readonly string _dataset;
        private readonly Running _running;

        internal WorkScope(RunningWorkRegistry work, string dataset, Running running) =>
            (_work, _dataset, _running) = (work, dataset, running);

        public CancellationToken Ended => _running.End.Token;

        public void Dispose() => _work.Leave(_dataset, _running);
    }

    internal sealed class Running
    {
        public CancellationTokenSource End { get; } = new();

        public int Pieces { get; set; }
    }
}
