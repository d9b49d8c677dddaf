using Grpc.Core;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Overload;

/// <summary>
/// Bounds the calls that run at once and those that wait for them. Tenants take turns; within a tenant the order is that of priority and
/// arrival. A call that finds its tenant's queue full is refused at once and told when to come again, from the measured throughput; so is a
/// call whose deadline that throughput can't meet. The last quarter of the queue is kept for calls that were refused before.
/// </summary>
/// <param name="name">What waits, for messages and metrics: "report".</param>
/// <param name="maxRunning">Calls that run at once.</param>
/// <param name="maxWaiting">Calls of one tenant that may wait, and <see cref="TenantQueuePolicy.FullQueues"/> times as many of all; 0
/// refuses whatever can't run at once.</param>
/// <param name="weights">How much each tenant gets while several wait; null for the same.</param>
public sealed class RequestConcurrencyLimiter(string name, int maxRunning, int maxWaiting, ConcurrencyLimiterMetrics metrics,
    TimeProvider time, TenantWeights? weights = null)
{
    /// <summary>gRPC's own header that counts the attempts before this one.</summary>
    public const string PreviousAttemptsHeader = "grpc-previous-rpc-attempts";

    private readonly Lock _gate = new();
    private readonly TenantWeights _weights = weights ?? TenantWeights.Equal;
    private readonly TenantFairQueue<TaskCompletionSource> _waiting = new(weights ?? TenantWeights.Equal, time);
    private readonly ThroughputEstimator _throughput = new();
    private readonly RetryAfterPolicy _retryAfter = new(time);
    private readonly Dictionary<string, int> _shares = new(StringComparer.Ordinal);
    private int _running;
    private long _lastReleased;

    /// <summary>Calls that run now.</summary>
    public int Running
    {
        get
        {
            lock (_gate)
                return _running;
        }
    }

    /// <summary>Calls that wait now.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>True when the client says, by gRPC's own header, that it has tried this call before.</summary>
    public static bool IsRetry(ServerCallContext call) => call.RequestHeaders.GetValue(PreviousAttemptsHeader) is not null;

    /// <summary>Takes a slot if one is free and refuses the call otherwise; never waits.</summary>
    /// <returns>The slot; disposing it gives it back.</returns>
    /// <exception cref="MeshException">QUEUE_FULL.</exception>
    public IDisposable Enter()
    {
        lock (_gate)
        {
            if (_running >= maxRunning)
                throw QueueFull();
            return GrantSlot();
        }
    }

    /// <summary>
    /// Takes a slot of the tenant's share, or refuses the call; never waits. A tenant may hold its weight times as many slots as are free
    /// (dynamic thresholds; Choudhury and Hahne, 1998): a lone one half of all, each of n tenants one of n + 1 parts. So whoever comes next
    /// finds room, however long the calls of the others last.
    /// </summary>
    /// <returns>The slot; disposing it gives it back.</returns>
    /// <exception cref="MeshException">QUEUE_FULL.</exception>
    public IDisposable EnterShare(string tenant)
    {
        lock (_gate)
        {
            var held = _shares.GetValueOrDefault(tenant);
            if (_running >= maxRunning)
                throw QueueFull();
            if (held >= _weights.WeightOf(tenant) * (maxRunning - _running))
                throw ShareFull(held);
            _shares[tenant] = held + 1;
            return GrantSlot(tenant);
        }
    }

    /// <inheritdoc cref="EnterAsync(string, int, DateTime, bool, CancellationToken)"/>
    public ValueTask<IDisposable> EnterAsync(ServerCallContext call, string tenant, int priority = 0) =>
        EnterAsync(tenant, priority, call.Deadline, IsRetry(call), call.CancellationToken);

    /// <summary>Waits in the queue for a slot.</summary>
    /// <param name="tenant">Whose call it is: tenants take turns.</param>
    /// <param name="priority">Within the tenant, higher goes first; 30 s of waiting count as one.</param>
    /// <param name="deadline">When the call ends whatever has come of it; <see cref="DateTime.MaxValue"/> for never.</param>
    /// <param name="isRetry">True for a call that was refused before: the last quarter of the queue is for these.</param>
    /// <returns>The slot; disposing it gives it back.</returns>
    /// <exception cref="MeshException">QUEUE_FULL or DEADLINE_UNMEETABLE, at once.</exception>
    public async ValueTask<IDisposable> EnterAsync(string tenant, int priority, DateTime deadline, bool isRetry,
        CancellationToken cancellation)
    {
        QueuePlace<TaskCompletionSource> place;
        var entered = time.GetTimestamp();
        lock (_gate)
        {
            if (_running < maxRunning && _waiting.Count == 0)
                return GrantSlot();
            if (!TenantQueuePolicy.HasRoom(_waiting.CountOf(tenant), _waiting.Count, maxWaiting, isRetry))
                throw QueueFull();
            if (deadline < DateTime.MaxValue && _throughput.EstimateTime(_waiting.FindAhead(tenant, priority).Count() + 1) is { } wait
                && time.GetUtcNow().UtcDateTime + wait > deadline)
            {
                throw CountRefusal(new MeshException(
                    ErrorReasons.DeadlineUnmeetable,
                    $"The call would wait {wait.TotalSeconds:0.###} s in the {name} queue at the measured rate, longer than "
                        + "its deadline allows."));
            }

            place = _waiting.Add(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), tenant, priority);
            metrics.ChangeWaiting(name, 1);
            metrics.ChangeInFlight(name, 1);
        }

        try
        {
            await place.Item.Task.WaitAsync(cancellation); // gRPC cancels the call when its deadline passes
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                if (_waiting.Remove(place))
                {
                    metrics.ChangeWaiting(name, -1);
                    metrics.ChangeInFlight(name, -1);
                }
                else
                    ReleaseSlot(); // the slot was granted in the moment the call was cancelled: give it back
            }

            throw;
        }

        metrics.RecordWait(name, time.GetElapsedTime(entered));
        return new Slot(this);
    }

    /// <param name="tenant">Whose share it is of; null for none.</param>
    private Slot GrantSlot(string? tenant = null)
    {
        if (_running++ == 0)
            _lastReleased = time.GetTimestamp();
        metrics.ChangeInFlight(name, 1);
        return new Slot(this, tenant);
    }

    private void ReleaseSlot(string? tenant = null)
    {
        lock (_gate)
        {
            if (tenant is not null && --_shares[tenant] == 0)
                _shares.Remove(tenant);
            _throughput.Record(1, time.GetElapsedTime(_lastReleased));
            _lastReleased = time.GetTimestamp();
            _running--;
            metrics.ChangeInFlight(name, -1);
            if (_waiting.PeekNext() is not { } first)
                return;
            _waiting.Dequeue(first);
            metrics.ChangeWaiting(name, -1);
            _running++;
            first.Item.TrySetResult();
        }
    }

    private MeshException QueueFull()
    {
        var oneCall = EstimateTime(1);
        var wholeQueue = EstimateTime(Math.Max(maxWaiting, 1) + maxRunning);
        return CountRefusal(MeshException.QueueFull(name, _retryAfter.Next(oneCall, oneCall, wholeQueue)));
    }

    private MeshException ShareFull(int held)
    {
        var wait = _retryAfter.Next(EstimateTime(1), EstimateTime(1), EstimateTime(maxRunning));
        return CountRefusal(new MeshException(ErrorReasons.QueueFull, FormattableString.Invariant(
            $"The tenant has {held} calls in the {name} queue, its share of {maxRunning}; the rest is kept for others. Try again in ")
                + FormattableString.Invariant($"{wait.TotalSeconds:0.###} s, or end one."), retryAfter: wait));
    }

    private MeshException CountRefusal(MeshException refusal)
    {
        metrics.RecordRefusal(name, refusal.Reason.Name);
        return refusal;
    }

    /// <summary>At least a millisecond a call, so that a client that is refused by an idle process doesn't come again at once.</summary>
    private TimeSpan EstimateTime(int calls) => _throughput.EstimateTime(calls) is { } measured && measured > TimeSpan.FromMilliseconds(1)
        ? measured
        : TimeSpan.FromMilliseconds(1 + calls);

    private sealed class Slot(RequestConcurrencyLimiter owner, string? tenant = null) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
                owner.ReleaseSlot(tenant);
        }
    }
}
