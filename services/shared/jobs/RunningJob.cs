namespace SynCxr.Mesh.Jobs;

/// <summary>Why a job is stopped before its end.</summary>
public enum JobStopReason
{
    None,

    /// <summary>Its owner cancelled it.</summary>
    Cancelled,

    /// <summary>The process is shutting down.</summary>
    Stopping,

    /// <summary>The lease ran out: another process may run the job by now.</summary>
    LeaseLost,
}

/// <summary>A job that this process runs now.</summary>
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

    /// <summary>Its progress so far.</summary>
    public TStatus Status => _status;

    internal JobStopReason Reason { get; private set; }

    internal CancellationToken Token => _stop.Token;

    /// <summary>Replaces the status by what <paramref name="change"/> makes of it.</summary>
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

    /// <summary>Waits for <paramref name="pause"/>; false when the job is over.</summary>
    internal async Task<bool> WaitWhileRunningAsync(TimeSpan pause, TimeProvider clock)
    {
        await Task.Delay(pause, clock, _finished.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_finished.IsCancellationRequested;
    }

    /// <summary>The token sources are not disposed: somebody may be stopping the job at this moment, and they hold no timers.</summary>
    public void Dispose() => _stoppingRegistration.Dispose();
}
