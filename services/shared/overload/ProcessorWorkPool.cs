using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Overload;

/// <summary>
/// Where calls compute for long: plans, searches, the decoding of large images. It has so many threads of its own, so that however much
/// there is to compute, the thread pool is free to answer: health, watches, refusals. So many calls wait, tenants in turn; the next one
/// is refused with push-back. What computes looks at its token in its loops.
/// </summary>
/// <param name="name">What is computed, for messages and metrics: "plan".</param>
/// <param name="threads">Calls that compute at once.</param>
/// <param name="maxWaiting">Calls of one tenant that may wait.</param>
/// <param name="costLimit">The longest time that one call may compute.</param>
/// <param name="limitSetting">The setting that the limit comes from, for the refusal.</param>
/// <param name="weights">How much each tenant gets while several wait; null for the same.</param>
public sealed class ProcessorWorkPool(string name, int threads, int maxWaiting, TimeSpan costLimit, string limitSetting,
    ConcurrencyLimiterMetrics metrics, TimeProvider time, TenantWeights? weights = null) : IDisposable
{
    private readonly RequestConcurrencyLimiter _admission = new(name, threads, maxWaiting, metrics, time, weights);
    private readonly DedicatedThreadScheduler _threads = new(name, threads);

    /// <summary>Waits for a place, and keeps it for all that the call computes.</summary>
    /// <returns>The place; disposing it gives it back.</returns>
    /// <exception cref="MeshException">QUEUE_FULL or DEADLINE_UNMEETABLE, at once.</exception>
    public async ValueTask<ProcessorPlace> EnterAsync(ServerCallContext call, string tenant) =>
        new(this, await _admission.EnterAsync(call, tenant), costLimit, time, call.CancellationToken);

    /// <summary>Waits for a place and computes.</summary>
    /// <param name="work">Looks at its token in its loops.</param>
    /// <exception cref="MeshException">QUEUE_FULL or DEADLINE_UNMEETABLE, at once; DEADLINE_UNMEETABLE when the call has computed for
    /// longer than the limit.</exception>
    public async Task<T> RunAsync<T>(ServerCallContext call, string tenant, Func<CancellationToken, T> work)
    {
        using var place = await EnterAsync(call, tenant);
        return await place.RunAsync(work);
    }

    /// <summary>The same for work that no call waits for: it is not refused but comes again when it is told to, and has no limit.</summary>
    public async Task<T> RunInBackgroundAsync<T>(string tenant, Func<CancellationToken, T> work, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                using var place = await _admission.EnterAsync(tenant, CallPriority.Unwatched, DateTime.MaxValue, isRetry: true,
                    cancellation);
                return await RunAsync(work, Timeout.InfiniteTimeSpan, cancellation);
            }
            catch (MeshException full) when (full.Reason == ErrorReasons.QueueFull && full.RetryAfter is { } wait)
            {
                await Task.Delay(wait, time, cancellation);
            }
        }
    }

    public void Dispose() => _threads.Dispose();

    /// <param name="left">What is left of the call's limit.</param>
    internal async Task<T> RunAsync<T>(Func<CancellationToken, T> work, TimeSpan left, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await Task.Factory.StartNew(() => work(either.Token), either.Token, TaskCreationOptions.None, _threads);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new MeshException(ErrorReasons.DeadlineUnmeetable, string.Create(CultureInfo.InvariantCulture,
                $"The {name} of this call takes longer to compute than {costLimit.TotalSeconds:0.###} s, the limit of this process "
                    + $"({limitSetting}). Ask for less."));
        }
    }
}
