using Grpc.Core;

namespace SynCxr.Mesh.Overload;

/// <summary>
/// Bounds the calls that a client has in flight to one peer, and slows down when the peer has too much to do: additive increase,
/// multiplicative decrease, as in TCP. Each answer raises the limit by one per round (a round is as many calls as the limit allows); each
/// sign of too much work cuts it to 0.7 of the calls in flight, once per round. Calls over the limit wait here, where they cost the peer
/// nothing; tenants take turns.
/// </summary>
/// <param name="maxCalls">Calls in flight while the peer refuses none.</param>
/// <param name="weights">How much each tenant gets while several wait; null for the same.</param>
public sealed class AdaptiveConcurrencyLimiter(int maxCalls, TimeProvider clock, TenantWeights? weights = null)
{
    private const double DecreaseFactor = 0.7;
    private readonly Lock _gate = new();
    private readonly TenantFairQueue<TaskCompletionSource> _waiting = new(weights ?? TenantWeights.Equal, clock);
    private double _limit = maxCalls;
    private int _inFlight;
    private long _round;

    /// <summary>Calls that may be in flight now.</summary>
    public int Limit
    {
        get
        {
            lock (_gate)
                return (int)_limit;
        }
    }

    /// <summary>Waits for a slot, at most until the deadline.</summary>
    /// <param name="tenant">Whose call it is.</param>
    /// <param name="deadline">Of the call; null for none.</param>
    /// <returns>The round that the call belongs to, for <see cref="Leave"/>.</returns>
    /// <exception cref="RpcException">DEADLINE_EXCEEDED: no slot came free in time.</exception>
    public async Task<long> EnterAsync(string tenant, DateTime? deadline, CancellationToken cancellation)
    {
        QueuePlace<TaskCompletionSource> place;
        lock (_gate)
        {
            if (_inFlight < (int)_limit)
            {
                _inFlight++;
                return _round;
            }

            place = _waiting.Add(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), tenant);
        }

        try
        {
            var left = deadline is { } end ? end - clock.GetUtcNow().UtcDateTime : Timeout.InfiniteTimeSpan;
            await place.Item.Task.WaitAsync(deadline is null || left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, cancellation);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (!_waiting.Remove(place))
                    ReleaseSlot(); // the slot was granted in the moment the wait ended: give it back
            }

            if (error is TimeoutException)
            {
                throw new RpcException(new Status(
                    StatusCode.DeadlineExceeded, "The deadline passed while the call waited for its turn: the peer's queue is full."));
            }

            throw;
        }

        lock (_gate)
            return _round;
    }

    /// <summary>Gives a slot back.</summary>
    /// <param name="round">What <see cref="EnterAsync"/> returned.</param>
    /// <param name="wasTooMuch">True when the peer's queue was full, or a usual deadline passed: signs that it has too much to do.</param>
    public void Leave(long round, bool wasTooMuch)
    {
        lock (_gate)
        {
            if (!wasTooMuch)
            {
                _limit = Math.Min(maxCalls, _limit + (1 / _limit));
            }
            else if (round == _round)
            {
                _round++; // the calls in flight were sent under the old limit: what becomes of them says nothing about the new one
                _limit = Math.Max(1, Math.Min(_limit, _inFlight) * DecreaseFactor);
            }

            ReleaseSlot();
        }
    }

    private void ReleaseSlot()
    {
        _inFlight--;
        while (_inFlight < (int)_limit && _waiting.PeekNext() is { } first)
        {
            _waiting.Dequeue(first);
            _inFlight++;
            first.Item.TrySetResult();
        }
    }
}
