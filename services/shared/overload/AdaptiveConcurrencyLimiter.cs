using Grpc.Core;

namespace SynCxr.Mesh.Overload;

/// <summary>
/// How many calls this process has under way to one peer: it slows down when a full queue tells it to. Additive increase, multiplicative
/// decrease, as TCP does it: each answer raises the limit by one a round, each full queue cuts it to seven tenths of what was under way,
/// once a round. The rest wait here, where they cost the peer nothing; they are as many as their callers allow.
/// </summary>
/// <param name="most">Calls under way as long as the peer refuses none.</param>
internal sealed class AdaptiveConcurrencyLimiter(int most)
{
    private const double DecreaseFactor = 0.7;
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private double _limit = most;
    private int _inFlight;
    private long _round;

    /// <summary>Calls that may be under way now.</summary>
    public int Limit
    {
        get
        {
            lock (_gate)
                return (int)_limit;
        }
    }

    /// <summary>Waits for a turn, at most until the deadline.</summary>
    /// <returns>The round that the call belongs to.</returns>
    /// <exception cref="RpcException">DEADLINE_EXCEEDED: the turn did not come in time.</exception>
    public async Task<long> EnterAsync(DateTime? deadline, TimeProvider clock, CancellationToken cancellation)
    {
        LinkedListNode<TaskCompletionSource>? place;
        lock (_gate)
        {
            if (_inFlight < (int)_limit)
            {
                _inFlight++;
                return _round;
            }

            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            var left = deadline is { } end ? end - clock.GetUtcNow().UtcDateTime : Timeout.InfiniteTimeSpan;
            await place.Value.Task.WaitAsync(deadline is null || left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, cancellation);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (place.List is not null)
                    _waiting.Remove(place);
                else
                    ReleaseSlot(); // the turn came as the wait ended
            }

            if (error is TimeoutException)
                throw new RpcException(
                    new Status(StatusCode.DeadlineExceeded, "the deadline passed while the call waited for a peer that is full"));
            throw;
        }

        lock (_gate)
            return _round;
    }

    /// <summary>Ends a turn.</summary>
    /// <param name="round">What <see cref="EnterAsync"/> gave.</param>
    /// <param name="full">True when the peer's queue was full.</param>
    public void Leave(long round, bool full)
    {
        lock (_gate)
        {
            if (!full)
            {
                _limit = Math.Min(most, _limit + (1 / _limit));
            }
            else if (round == _round)
            {
                _round++; // what is under way now was sent at the old pace and says nothing of the new one
                _limit = Math.Max(1, Math.Min(_limit, _inFlight) * DecreaseFactor);
            }

            ReleaseSlot();
        }
    }

    private void ReleaseSlot()
    {
        _inFlight--;
        while (_inFlight < (int)_limit && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            _inFlight++;
            first.Value.TrySetResult();
        }
    }
}
