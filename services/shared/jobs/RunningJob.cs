namespace SynCxr.Mesh.Jobs;

/// <summary>Why work is stopped before its end.</summary>
public enum JobStopReason
{
    None,

    /// <summary>Its owner wants so.</summary>
    Cancelled,

    /// <summary>The process ends.</summary>
    Stopping,

    /// <summary>Another process may have it by now.</summary>
    LeaseLost,
}

/// <summary>Work that this process does now.</summary>
public sealed class RunningJob<TStatus> : IDisposable
    where TStatus : class
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _finished = new();
    private readonly CancellationTokenRegistration _stoppingRegistration;
    private volatile TStatus _status;

    internal RunningJob(TStatus status, CancellationToken stopping)
    {
        _status = status;
        _stoppingRegistration = stopping.Register(() => Stop(JobStopReason.Stopping));
    }

    /// <summary>How far it is.</summary>
    public TStatus Status => _status;

    internal JobStopReason Reason { get; private set; }

    internal CancellationToken Token => _stop.Token;

    /// <summary>Puts what <paramref name="change"/> makes of the status in its place.</summary>
    public TStatus Update(Func<TStatus, TStatus> change)
    {
        lock (_gate)
            return _status = change(_status);
    }

    /// <summary>The first reason counts.</summary>
    internal void Stop(JobStopReason reason)
    {
        lock (_gate)
        {
            if (Reason != JobStopReason.None)
                return;
            Reason = reason;
        }

        _stop.Cancel();
    }

    internal void Finish() => _finished.Cancel();

    /// <summary>Waits; false when the work is over.</summary>
    internal async Task<bool> WaitWhileRunningAsync(TimeSpan pause, TimeProvider clock)
    {
        await Task.Delay(pause, clock, _finished.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_finished.IsCancellationRequested;
    }

    /// <summary>The sources hold no timers, and somebody may be stopping the work at this moment: they are left alone.</summary>
    public void Dispose() => _stoppingRegistration.Dispose();
}
