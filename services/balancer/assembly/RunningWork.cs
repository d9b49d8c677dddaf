using System.Collections.Concurrent;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>Lets a cancelled data set stop the calls that are under way in this process; other replicas see it at their next step.</summary>
internal sealed class RunningWork : IDisposable
{
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _running = new(StringComparer.Ordinal);

    public CancellationToken Of(string dataset) => _running.GetOrAdd(dataset, _ => new CancellationTokenSource()).Token;

    public void Cancel(string dataset) => _running.GetOrAdd(dataset, _ => new CancellationTokenSource()).Cancel();

    public void Dispose()
    {
        foreach (var source in _running.Values)
            source.Dispose();
    }
}
