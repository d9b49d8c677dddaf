using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Jobs;

/// <summary>A row with its status; of one that this process runs, the status of this moment.</summary>
public sealed record JobView<TStatus>(JobRow Row, TStatus Status);

/// <summary>
/// Works through the rows of one kind, one at a time and oldest first, under a lease that a heartbeat renews. Any number of processes may
/// do so on the same rows. A process that dies leaves its row to the next one; a process that stops gives it back.
/// </summary>
/// <typeparam name="TStatus">How far work is and what came of it; a value that never changes.</typeparam>
public abstract class JobWorker<TStatus>(JobQueue rows, JobOptions options, TimeProvider clock, IHostApplicationLifetime lifetime,
    ILogger logger) : BackgroundService
    where TStatus : class
{
    /// <summary>Processes that may die over a row before it is taken for their cause.</summary>
    public const int MaxLostLeases = 20;

    private static readonly TimeSpan _longestHeartbeat = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, RunningJob<TStatus>> _running = new(StringComparer.Ordinal);
    private readonly Channel<bool> _wakeSignals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected TimeProvider Clock { get; } = clock;

    /// <summary>Adds a row, or finds the one that the key made before.</summary>
    /// <param name="key">What asks for it, if that may come twice.</param>
    /// <param name="error">Why it can't be done, if that is known already.</param>
    /// <exception cref="MeshException">QUEUE_FULL; or REQUEST_ID_REUSED, when the request id asked for something else before.</exception>
    public async Task<JobView<TStatus>> AddAsync(string tenant, JobKey? key, string specJson, string? error, CancellationToken cancellation)
    {
        var row = await rows.AddAsync(tenant, key, specJson, error, cancellation);
        Wake();
        return ToView(row);
    }

    /// <exception cref="MeshException">NOT_FOUND for the tenant.</exception>
    public async Task<JobView<TStatus>> GetAsync(string tenant, string id, CancellationToken cancellation) =>
        ToView(await rows.GetAsync(tenant, id, cancellation));

    /// <summary>Newest first, from a given id on.</summary>
    public async Task<IReadOnlyList<JobView<TStatus>>> ListAsync(string tenant, string from, int count, CancellationToken cancellation) =>
        [.. (await rows.ListAsync(tenant, from, count, cancellation)).Select(ToView)];

    /// <summary>Stops work: at once if it waits, soon if a process runs it. What has ended stays as it is.</summary>
    public async Task<JobView<TStatus>> CancelAsync(string tenant, string id, CancellationToken cancellation)
    {
        var row = await rows.CancelAsync(tenant, id, cancellation);
        if (row.CancelAsked && _running.TryGetValue(id, out var live))
            live.Stop(JobStopReason.Cancelled);
        return ToView(row);
    }

    /// <summary>Told that a row's end was taken up by whoever had to.</summary>
    public Task ConfirmAsync(string tenant, string id, CancellationToken cancellation) => rows.ConfirmAsync(tenant, id, cancellation);

    /// <summary>Looks for work now, and not only at the next round.</summary>
    public void Wake() => _wakeSignals.Writer.TryWrite(true);

    /// <summary>Tables first: nothing else of the service works without them.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await rows.InitializeAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Does the work; <paramref name="live"/> is told how far it is.</summary>
    protected abstract Task RunAsync(JobRow row, RunningJob<TStatus> live, CancellationToken cancellation);

    /// <summary>Publishes what follows from a row that has ended.</summary>
    protected abstract Task<PublishResult> PublishEndAsync(JobView<TStatus> ended, CancellationToken cancellation);

    /// <summary>Told the end of work that this process ran: logs and counts it.</summary>
    protected abstract void OnEnded(JobView<TStatus> ended, Exception? error);

    protected abstract TStatus ParseStatus(string statusJson);

    protected abstract string FormatStatus(TStatus status);

    /// <summary>True for what a stop looks like.</summary>
    protected virtual bool IsCancellation(Exception error) => error is OperationCanceledException;

    protected virtual string DescribeError(Exception error) => error.Message;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Bus and peers of the same process are up once the application has started.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken);
        await Task.WhenAll(
            RepeatAsync(RunAllAsync, () => WaitForWakeAsync(stoppingToken), stoppingToken),
            RepeatAsync(PublishDueAsync, () => Task.Delay(options.ReconcileEvery, Clock, stoppingToken), stoppingToken));
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> pass, Func<Task> pause, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await pass(stopping);
            }
            catch (Exception error) when (!stopping.IsCancellationRequested)
            {
                Log.PassFailed(logger, error);
            }

            await pause();
        }
    }

    private async Task WaitForWakeAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(_wakeSignals.Reader.WaitToReadAsync(limit.Token).AsTask(),
            Task.Delay(options.ReconcileEvery, Clock, limit.Token));
        await limit.CancelAsync();
        stopping.ThrowIfCancellationRequested();
        _wakeSignals.Reader.TryRead(out _);
    }

    private async Task RunAllAsync(CancellationToken stopping)
    {
        while (await rows.LeaseNextAsync(stopping) is { } row)
            await RunLeasedAsync(row, stopping);
    }

    private async Task RunLeasedAsync(JobRow row, CancellationToken stopping)
    {
        using var live = new RunningJob<TStatus>(ParseStatus(row.StatusJson), stopping);
        _running[row.Id] = live;
        var beat = HeartbeatAsync(row, live);
        Exception? error = null;
        try
        {
            if (row.CancelAsked)
                live.Stop(JobStopReason.Cancelled);
            else if (row.Losses > MaxLostLeases)
                throw new InvalidOperationException($"{row.Losses} processes ended while they worked on it");
            else
                await RunAsync(row, live, live.Token);
        }
#pragma warning disable CA1031 // whatever work dies of is its result; the next one must still be served
        catch (Exception failure)
#pragma warning restore CA1031
        {
            error = failure;
        }

        live.Finish();
        await beat;
        try
        {
            await EndAsync(row, live, error);
        }
        finally
        {
            _running.TryRemove(row.Id, out _);
        }
    }

    private async Task EndAsync(JobRow row, RunningJob<TStatus> live, Exception? error)
    {
        var stopped = live.Reason != JobStopReason.None && (error is null ? row.CancelAsked : IsCancellation(error));
        if (stopped && live.Reason == JobStopReason.LeaseLost)
        {
            Log.LeaseLost(logger, row.Kind, row.Id);
            return;
        }

        if (stopped && live.Reason == JobStopReason.Stopping)
        {
            await rows.ReleaseAsync(row, FormatStatus(live.Status));
            return;
        }

        var stage = stopped ? JobStage.Cancelled : error is null ? JobStage.Succeeded : JobStage.Failed;
        if (!await rows.EndAsync(row, stage, FormatStatus(live.Status), stage == JobStage.Failed ? DescribeError(error!) : ""))
        {
            Log.LeaseLost(logger, row.Kind, row.Id);
            return;
        }

        (row.Stage, row.Error) = (stage, stage == JobStage.Failed ? DescribeError(error!) : "");
        OnEnded(new JobView<TStatus>(row, live.Status), stage == JobStage.Failed ? error : null);
        await PublishDueAsync(CancellationToken.None);
    }

    /// <summary>Renews the lease until the work is over. Who can't renew it stops before another may begin.</summary>
    private async Task HeartbeatAsync(JobRow row, RunningJob<TStatus> live)
    {
        var pause = TimeSpan.FromTicks(Math.Min(_longestHeartbeat.Ticks, options.Lease.Ticks / 4));
        var renewed = Clock.GetTimestamp();
        while (await live.WaitWhileRunningAsync(pause, Clock))
        {
            try
            {
                using var limit = new CancellationTokenSource(options.Lease, Clock);
                switch (await rows.RenewLeaseAsync(row, FormatStatus(live.Status), limit.Token))
                {
                    case null: live.Stop(JobStopReason.LeaseLost); break;
                    case true: live.Stop(JobStopReason.Cancelled); break;
                }

                renewed = Clock.GetTimestamp();
            }
#pragma warning disable CA1031 // the database may come back; if it does not in time, the lease is lost
            catch (Exception error)
#pragma warning restore CA1031
            {
                Log.BeatFailed(logger, error, row.Kind, row.Id);
                if (Clock.GetElapsedTime(renewed) + pause > options.Lease)
                    live.Stop(JobStopReason.LeaseLost);
            }
        }
    }

    private async Task PublishDueAsync(CancellationToken cancellation)
    {
        foreach (var row in await rows.ClaimDuePublishesAsync(cancellation))
        {
            var told = await PublishEndAsync(ToView(row), cancellation);
            if (told == PublishResult.Settled)
                await rows.SetPublishDueAsync(row, null, cancellation);
            else if (told == PublishResult.NotPublished)
                await rows.SetPublishDueAsync(row, 0, cancellation);
        }
    }

    private JobView<TStatus> ToView(JobRow row) =>
        new(row, !row.HasEnded && _running.TryGetValue(row.Id, out var live) ? live.Status : ParseStatus(row.StatusJson));
}

/// <summary>What became of the messages about a row's end.</summary>
public enum PublishResult
{
    /// <summary>They were handed over, and nothing has to come of them.</summary>
    Settled,

    /// <summary>They were handed over; they come again until it is confirmed that they were followed.</summary>
    AwaitingConfirmation,

    /// <summary>The broker did not take them.</summary>
    NotPublished,
}
