using System.Collections.Concurrent;

namespace SynCxr.Mesh.Overload;

/// <summary>
/// A queue of its own before each model that answers few calls at a time. A call holds its place until it is answered as a whole: were more
/// begun than the model works on, they would share it out, and under load none would end before its deadline.
/// </summary>
/// <param name="what">What waits, for messages and metrics: "report"; the model's name is added.</param>
/// <param name="maxWaiting">Calls of one tenant that may wait before a model.</param>
public sealed class ModelQueues(string what, int maxWaiting, ConcurrencyLimiterMetrics metrics, TimeProvider time, TenantWeights weights)
{
    private readonly ConcurrentDictionary<string, RequestConcurrencyLimiter> _queues = new(StringComparer.Ordinal);

    /// <summary>The queue before a model.</summary>
    /// <param name="concurrency">Calls that it works on at a time.</param>
    public RequestConcurrencyLimiter Before(string model, int concurrency) => _queues.GetOrAdd(model,
        name => new RequestConcurrencyLimiter($"{what} by {name}", concurrency, maxWaiting, metrics, time, weights));
}
