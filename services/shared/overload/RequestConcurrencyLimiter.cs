using Grpc.Core;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Overload;

/// <summary>
/// A bounded waiting room: so many calls run, so many wait, in order of arrival; the next one is refused at once with a push-back from the
/// measured drain rate, and so is one whose deadline that rate can't meet. The last quarter of the waiting places is for calls that were
/// refused before, or a steady flood of new ones would starve those that keep to their push-back.
/// </summary>
/// <param name="name">What waits, for messages and metrics: "report".</param>
/// <param name="running">Calls that run at once.</param>
/// <param name="waiting">Calls that may wait.</param>
public sealed class RequestConcurrencyLimiter(string name, int running, int waiting, TimeProvider time)
{
    /// <summary>gRPC's own header that counts the attempts before this one.</summary>
    public const string PreviousAttemptsHeader = "grpc-previous-rpc-attempts";

    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private readonly ThroughputEstimator _throughput = new();
    private readonly RetryAfterPolicy _retryAfter = new(time);
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

    /// <summary>True when a call says that it was refused before (gRPC's own header).</summary>
    public static bool IsRetry(ServerCallContext call) => call.RequestHeaders.GetValue(PreviousAttemptsHeader) is not null;

    /// <summary>Enters, or refuses; never waits.</summary>
    /// <exception cref="MeshException">QUEUE_FULL.</exception>
    public IDisposable Enter()
    {
        lock (_gate)
        {
            if (_running >= running)
                throw QueueFull();
            return GrantSlot();
        }
    }

    /// <summary>Enters when it is the call's turn.</summary>
    /// <exception cref="MeshException">QUEUE_FULL or DEADLINE_UNMEETABLE, at once.</exception>
    public ValueTask<IDisposable> EnterAsync(ServerCallContext call) => EnterAsync(call.Deadline, IsRetry(call), call.CancellationToken);

    internal async ValueTask<IDisposable> EnterAsync(DateTime deadline, bool returning, CancellationToken cancellation)
    {
        LinkedListNode<TaskCompletionSource> place;
        var entered = time.GetTimestamp();
        lock (_gate)
        {
            if (_running < running && _waiting.Count == 0)
                return GrantSlot();
            if (_waiting.Count >= (returning ? waiting : waiting - (waiting / 4)))
                throw QueueFull();
            if (deadline < DateTime.MaxValue && _throughput.EstimateTime(_waiting.Count + 1) is { } wait
                && time.GetUtcNow().UtcDateTime + wait > deadline)
                throw CountRefusal(new MeshException(ErrorReasons.DeadlineUnmeetable,
                    $"the {name} queue would take {wait.TotalSeconds:0.###} s at the measured rate"));
            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            ConcurrencyLimiterMetrics.ChangeWaiting(name, 1);
        }

        try
        {
            await place.Value.Task.WaitAsync(cancellation); // a deadline that passes cancels it too
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                if (place.List is not null)
                    RemoveWaiting(place);
                else
                    ReleaseSlot(); // the turn came as the call went
            }

            throw;
        }

        ConcurrencyLimiterMetrics.RecordWait(name, time.GetElapsedTime(entered));
        return new Slot(this);
    }

    private Slot GrantSlot()
    {
        if (_running++ == 0)
            _lastReleased = time.GetTimestamp();
        return new Slot(this);
    }

    private void ReleaseSlot()
    {
        lock (_gate)
        {
            _throughput.Record(1, time.GetElapsedTime(_lastReleased));
            _lastReleased = time.GetTimestamp();
            _running--;
            if (_waiting.First is not { } first)
                return;
            RemoveWaiting(first);
            _running++;
            first.Value.TrySetResult();
        }
    }

    private void RemoveWaiting(LinkedListNode<TaskCompletionSource> place)
    {
        _waiting.Remove(place);
        ConcurrencyLimiterMetrics.ChangeWaiting(name, -1);
    }

    private MeshException QueueFull() =>
        CountRefusal(
            MeshException.QueueFull(name,
                _retryAfter.Next(EstimateTime(1), EstimateTime(1), EstimateTime(Math.Max(waiting, 1) + running))));

    private MeshException CountRefusal(MeshException refusal)
    {
        ConcurrencyLimiterMetrics.RecordRefusal(name, refusal.Reason.Name);
        return refusal;
    }

    private TimeSpan EstimateTime(int calls) => _throughput.EstimateTime(calls) is { } measured && measured > TimeSpan.FromMilliseconds(1)
        ? measured : TimeSpan.FromMilliseconds(1 + calls);

    private sealed class Slot(RequestConcurrencyLimiter owner) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                owner.ReleaseSlot();
        }
    }
}
