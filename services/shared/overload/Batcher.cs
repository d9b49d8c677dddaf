using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Overload;

/// <summary>
/// Runs what many callers ask for in batches. Rows are admitted or refused at once; a single loop runs them in turns of at most
/// <see cref="BatcherOptions.MaxBatch"/> rows with one key. A row that needs one turn (a verdict) leaves after it; a row that needs many
/// (an image, one denoising step a turn) stays, while others join and leave between turns. A cancelled row frees its place before the next
/// turn.
/// </summary>
/// <typeparam name="TItem">What a turn works on.</typeparam>
/// <typeparam name="TResult">What a row is answered with.</typeparam>
public sealed class Batcher<TItem, TResult> : IAsyncDisposable
{
    private static readonly TimeSpan _firstEstimate = TimeSpan.FromSeconds(1);

    /// <summary>
    /// While nothing runs, the estimate from the last measured rate is halved every so often. Otherwise one slow spell would go on refusing
    /// callers with short deadlines for ever, and no work would show that it is over.
    /// </summary>
    private static readonly TimeSpan _idleHalfLife = TimeSpan.FromSeconds(10);

    private readonly BatcherOptions _options;
    private readonly Func<IReadOnlyList<BatchRow<TItem, TResult>>, CancellationToken, ValueTask> _turn;
    private readonly BatcherMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly BatchQueue<TItem, TResult> _queue;
    private readonly List<BatchRow<TItem, TResult>> _batch = [];
    private readonly ThroughputEstimator _throughput = new();
    private readonly RetryAfterPolicy _retryAfter;
    private readonly long[] _closedCounts = new long[Enum.GetValues<BatchCloseReason>().Length];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastTurn;
    private bool _isDraining;
    private int _reportedWaiting;
    private int _reportedInFlight;

    /// <param name="turn">Works once on each row; a row that it neither completes nor fails gets another turn. If it throws, all rows of
    /// the turn fail with that exception.</param>
    public Batcher(BatcherOptions options, Func<IReadOnlyList<BatchRow<TItem, TResult>>, CancellationToken, ValueTask> turn,
        BatcherMetrics metrics, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBatch, 1);
        _options = options;
        _turn = turn;
        _metrics = metrics;
        _time = time;
        _retryAfter = new RetryAfterPolicy(time);
        _queue = new BatchQueue<TItem, TResult>(options.Weights, time);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>How often each reason closed a batch.</summary>
    public long CountClosed(BatchCloseReason reason) => Interlocked.Read(ref _closedCounts[(int)reason]);

    /// <summary>Admits an item, or refuses it at once.</summary>
    /// <exception cref="MeshException">QUEUE_FULL with the time after which a place should be free; DEADLINE_UNMEETABLE;
    /// DRAINING.</exception>
    public BatchRow<TItem, TResult> Admit(TItem item, BatchRowOptions rowOptions, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowOptions.Turns, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowOptions.Weight);
        cancellationToken.ThrowIfCancellationRequested();
        BatchRow<TItem, TResult> row;
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            _queue.RemoveEnded(now);
            if (FindRefusal(rowOptions, now) is { } refusal)
            {
                _metrics.RecordRefusal(_options.Name, refusal.Reason.Name);
                throw refusal;
            }
            row = new BatchRow<TItem, TResult>(item, rowOptions,
                _queue.FindAhead(rowOptions).Count + _batch.Count(other => other.NeedsTurn),
                _time.GetTimestamp());
            _queue.Add(row);
            ReportLoad();
            _arrival.TrySetResult();
        }
        if (cancellationToken.CanBeCanceled)
            RemoveOnCancellation(row, cancellationToken);
        return row;
    }

    /// <summary>Admits an item and awaits its answer.</summary>
    public Task<TResult> RunAsync(TItem item, BatchRowOptions rowOptions, CancellationToken cancellationToken = default) =>
        Admit(item, rowOptions, cancellationToken).Completion;

    /// <summary>
    /// Refuses new rows and waits for the admitted ones, or for the caller's token; disposal then fails those left with DRAINING.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Task[] left;
        lock (_gate)
        {
            _isDraining = true;
            left = [.. _queue.Rows.Concat(_batch).Select(row => row.Completion)];
        }
        await Task.WhenAll(left).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isDraining = true;
            _arrival.TrySetResult();
        }
        await _stopping.CancelAsync();
        await _loop;
        lock (_gate)
        {
            foreach (var row in _queue.Rows.Concat(_batch))
                row.Fail(new MeshException(ErrorReasons.Draining,
                    $"The {_options.Name} queue is shutting down; another replica can take the call."));
            _queue.RemoveEnded(_time.GetUtcNow());
            _batch.Clear();
            ReportLoad();
        }
        _stopping.Dispose();
    }

    private MeshException? FindRefusal(BatchRowOptions rowOptions, DateTimeOffset now)
    {
        if (_isDraining)
            return new MeshException(ErrorReasons.Draining,
                $"The {_options.Name} queue is shutting down; another replica can take the call.");
        if (rowOptions.Deadline is { } deadline)
        {
            var ahead = _batch.Where(row => row.NeedsTurn).Concat(_queue.FindAhead(rowOptions)).Sum(row => row.WorkLeft);
            var needed = (_throughput.EstimateTime(ahead + (rowOptions.Weight * rowOptions.Turns)) ?? TimeSpan.Zero) * RateConfidence();
            if (deadline <= now || now + needed > deadline)
            {
                return new MeshException(
                    ErrorReasons.DeadlineUnmeetable,
                    $"The {_options.Name} would take {needed.TotalSeconds:0.###} s at the measured rate, but the deadline is in "
                        + $"{(deadline - now).TotalSeconds:0.###} s.");
            }
        }
        return TenantQueuePolicy.HasRoom(_queue.CountOf(rowOptions.Tenant), _queue.Count, _options.QueueLimit, rowOptions.IsRetry)
            ? null : MeshException.QueueFull(_options.Name, EstimateRetryAfter());
    }

    /// <summary>How far the last measured rate is trusted: 1 while there is work, halved with every half-life of idle time.</summary>
    private double RateConfidence() => _batch.Count + _queue.Count > 0 ? 1 : Math.Pow(0.5, _time.GetElapsedTime(_lastTurn) / _idleHalfLife);

    private TimeSpan EstimateRetryAfter()
    {
        var rows = _batch.Where(row => row.NeedsTurn).Concat(_queue.Rows).ToList();
        var whole = _throughput.EstimateTime(rows.Sum(row => row.WorkLeft))
            ?? _firstEstimate * Math.Max(1, rows.Count / (double)_options.MaxBatch);
        return _retryAfter.Next(EstimateTimeToFreePlace(), whole / rows.Count, whole);
    }

    /// <summary>A waiting row moves up when the first of the running ones leaves.</summary>
    private TimeSpan EstimateTimeToFreePlace()
    {
        var running = _batch.Where(row => row.NeedsTurn).ToList();
        if (running.Count == 0)
            running = [_queue.Next!];
        var turns = Math.Max(1, running.Min(row => row.TurnsLeft));
        return _throughput.EstimateTime(turns * running.Sum(row => row.Options.Weight)) is { } time
            ? TimeSpan.FromMilliseconds(Math.Max(1, time.TotalMilliseconds)) : _firstEstimate;
    }

    private void RemoveOnCancellation(BatchRow<TItem, TResult> row, CancellationToken token)
    {
        var registration = token.UnsafeRegister((state, cancelled) => RemoveCancelled((BatchRow<TItem, TResult>)state!, cancelled), row);
        _ = row.Completion.ContinueWith(
            static (_, state) => ((CancellationTokenRegistration)state!).Unregister(),
            registration, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void RemoveCancelled(BatchRow<TItem, TResult> row, CancellationToken token)
    {
        row.Cancel(token);
        lock (_gate)
        {
            _queue.Remove(row);
            ReportLoad();
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            if (await FillBatchAsync() is { } close)
                await RunTurnAsync(close);
        }
    }

    /// <summary>
    /// Drops the rows that have ended and takes in those that fit; waits for more only if no row of the turn before goes on.
    /// </summary>
    /// <returns>Why the batch is to run now; null when it is not.</returns>
    private async Task<BatchCloseReason?> FillBatchAsync()
    {
        TimeSpan? wait = null;
        Task arrival;
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            _queue.RemoveEnded(now);
            foreach (var row in _batch)
                row.Expire(now);
            _batch.RemoveAll(row => !row.NeedsTurn);
            var areContinuing = _batch.Exists(row => row.TurnsLeft < row.Options.Turns);
            _queue.MoveTo(_batch, _options.MaxBatch);
            ReportLoad();
            if (_batch.Count > 0)
            {
                if (_batch.Count == _options.MaxBatch)
                    return BatchCloseReason.Full;
                if (areContinuing)
                    return BatchCloseReason.Continuing;
                if (_queue.Count > 0)
                    return BatchCloseReason.Incompatible;
                wait = _options.MaxDelay - _time.GetElapsedTime(_batch.Min(row => row.Arrival));
                if (wait <= TimeSpan.Zero)
                    return BatchCloseReason.Delay;
                if (Slack(now) is { } slack && slack < wait)
                {
                    if (slack <= TimeSpan.Zero)
                        return BatchCloseReason.Deadline;
                    wait = slack;
                }
            }
            _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            arrival = _arrival.Task;
            if (_stopping.IsCancellationRequested)
                return null;
        }
        await WaitForArrivalAsync(arrival, wait);
        return null;
    }

    private async Task WaitForArrivalAsync(Task arrival, TimeSpan? limit)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var timeout = Task.Delay(limit ?? Timeout.InfiniteTimeSpan, _time, enough.Token);
        await Task.WhenAny(arrival, timeout);
        await enough.CancelAsync();
    }

    /// <summary>
    /// How long the batch may wait for more rows so that its most urgent row still meets its deadline; null without deadlines.
    /// </summary>
    private TimeSpan? Slack(DateTimeOffset now)
    {
        var work = _batch.Sum(row => row.WorkLeft);
        return _batch.Min(row => row.Options.Deadline) is { } deadline
            ? deadline - now - (_throughput.EstimateTime(work) ?? TimeSpan.Zero) : null;
    }

    private async Task RunTurnAsync(BatchCloseReason close)
    {
        Interlocked.Increment(ref _closedCounts[(int)close]);
        BatchRow<TItem, TResult>[] rows;
        lock (_gate)
            rows = [.. _batch];
        foreach (var row in rows.Where(row => row.TurnsLeft == row.Options.Turns))
            _metrics.RecordWait(_options.Name, _time.GetElapsedTime(row.Arrival));
        var started = _time.GetTimestamp();
        try
        {
            await _turn(rows, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return; // disposal fails the rows and says why
        }
        catch (Exception exception)
        {
            // every caller of the turn gets the exception; the loop goes on for the others
            foreach (var row in rows)
                row.Fail(exception);
        }
        var elapsed = _time.GetElapsedTime(started);
        _metrics.RecordBatch(_options.Name, close, rows.Length, elapsed);
        lock (_gate)
        {
            _throughput.Record(rows.Sum(row => row.Options.Weight), elapsed);
            _lastTurn = _time.GetTimestamp();
            foreach (var row in rows)
                row.TurnsLeft--;
            _batch.RemoveAll(row => !row.NeedsTurn);
            ReportLoad();
        }
    }

    private void ReportLoad()
    {
        var inFlight = _queue.Count + _batch.Count;
        _metrics.ChangeWaiting(_options.Name, _queue.Count - _reportedWaiting);
        _metrics.ChangeInFlight(_options.Name, inFlight - _reportedInFlight);
        _reportedWaiting = _queue.Count;
        _reportedInFlight = inFlight;
    }
}
