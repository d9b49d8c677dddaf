using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Measures how long a service has given a data set nothing but brief faults, in this process. A time that a restart forgets only makes the
/// pause later.
/// </summary>
internal sealed class BriefFaultTimer(IOptions<BalancerOptions> options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<(string Dataset, string Service), long> _starts = new();

    /// <summary>The service gave a brief fault.</summary>
    /// <returns>True when it has given nothing else for <c>Balancer:UnauthenticatedLimit</c>.</returns>
    public bool RecordFault(string dataset, string service) =>
        clock.GetElapsedTime(_starts.GetOrAdd((dataset, service), _ => clock.GetTimestamp())) >= options.Value.UnauthenticatedLimit;

    /// <summary>The service did its work, or gave a fault of another kind.</summary>
    public void Reset(string dataset, string service) => _starts.TryRemove((dataset, service), out _);

    /// <summary>The data set stops: when it goes on, it has all of the time again.</summary>
    public void Forget(string dataset)
    {
        foreach (var key in _starts.Keys.Where(k => k.Dataset == dataset))
            _starts.TryRemove(key, out _);
    }
}
