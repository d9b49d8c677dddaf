using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Jobs;

/// <summary>A job with its status: the current one where this process runs it, the stored one otherwise.</summary>
public sealed record JobView<TStatus>(JobRow Row, TStatus Status);

/// <summary>
/// Runs the jobs of one kind, one at a time and oldest first, each under a lease that a heartbeat renews. Any number of processes may share
/// one queue: the job of a process that dies goes to another when the lease runs out, a process that stops gives its job back.
/// </summary>
/// <typeparam name="TStatus">Progress and result of a job; immutable.</typeparam>
public abstract class JobWorker<TStatus>(JobQueue queue, JobOptions options, ServerWait wait, TimeProvider clock,
    IHostApplicationLifetime lifetime, ILogger logger) : BackgroundService, IStartPrerequisite
    where TStatus : class
{
    /// <summary>Leases of one job that may run out before the job itself is taken for the cause and fails.</summary>
    public const int MaxLostLeases = 20;

    private static readonly TimeSpan _longestHeartbeat = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, RunningJob<TStatus>> _running = new(StringComparer.Ordinal);
    private readonly Channel<bool> _wakeSignals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock _gate = new();
    private Task? _opened;

    protected TimeProvider Clock { get; } = clock;

    /// <summary>Adds a job, or finds the one that was added with the same key.</summary>
    /// <param name="key">What asks for it, where it may ask twice.</param>
    /// <param name="error">Why the job can't be done, where that is known already: it is added as failed.</param>
    /// <param name="admission">What decides by the other jobs; null where nothing does.</param>
    /// <exception cref="MeshException">QUEUE_FULL; REQUEST_ID_REUSED, when the request id was used with another spec; or what the admission
    /// refuses with.</exception>
    public async Task<JobView<TStatus>> AddAsync(string tenant, JobKey? key, string specJson, string? error, JobAdmission? admission,
        CancellationToken cancellation)
    {
        var row = await queue.AddAsync(tenant, key, specJson, error, admission, cancellation);
        Wake();
        return ToView(row);
    }

    /// <exception cref="MeshException">NOT_FOUND: the tenant has no such job.</exception>
    public async Task<JobView<TStatus>> GetAsync(string tenant, string id, CancellationToken cancellation) =>
        ToView(await queue.GetAsync(tenant, id, cancellation));

    /// <summary>Newest first, beginning with the job of id <paramref name="from"/>; empty for the newest.</summary>
    public async Task<IReadOnlyList<JobView<TStatus>>> ListAsync(string tenant, string from, int count, CancellationToken cancellation) =>
        [.. (await queue.ListAsync(tenant, from, count, cancellation)).Select(ToView)];

    /// <summary>
    /// Cancels a job: at once if it waits, at the next heartbeat if a process runs it. One that has ended stays as it is.
    /// </summary>
    public async Task<JobView<TStatus>> CancelAsync(string tenant, string id, CancellationToken cancellation)
    {
        var row = await queue.CancelAsync(tenant, id, cancellation);
        if (row.CancelAsked && _running.TryGetValue(id, out var job))
            job.Stop(JobStopReason.Cancelled);
        return ToView(row);
    }

    /// <summary>Says that what a job's end asked for is under way: its end is published no more.</summary>
    public Task ConfirmAsync(string tenant, string id, CancellationToken cancellation) => queue.ConfirmAsync(tenant, id, cancellation);

    /// <summary>Looks for a job now instead of at the next round.</summary>
    public void Wake() => _wakeSignals.Writer.TryWrite(true);

    /// <summary>Migrates the tables before anything else of the service starts.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Opens the rows, once.</summary>
    public Task PrepareAsync(CancellationToken cancellation)
    {
        lock (_gate)
            return _opened ??= queue.InitializeAsync(wait, cancellation);
    }

    /// <summary>Does the work and reports progress to <paramref name="job"/>.</summary>
    protected abstract Task RunAsync(JobRow row, RunningJob<TStatus> job, CancellationToken cancellation);

    /// <summary>Publishes what follows from a job that has ended.</summary>
    protected abstract Task<PublishResult> PublishEndAsync(JobView<TStatus> ended, CancellationToken cancellation);

    /// <summary>Logs and counts the end of a job that this process ran.</summary>
    /// <param name="error">What it failed with; null where it did not fail.</param>
    protected abstract void OnEnded(JobView<TStatus> ended, Exception? error);

    protected abstract TStatus ParseStatus(string statusJson);

    protected abstract string FormatStatus(TStatus status);

    /// <summary>True for an exception that a job ends with because it was asked to stop.</summary>
    protected virtual bool IsCancellation(Exception error) => error is OperationCanceledException;

    private static string DescribeError(Exception error) => FailureMapping.ToFailure(error).Message;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A job may call peers and the bus of its own process: both are up once the application has started.
        await lifetime.WaitForStartAsync(stoppingToken);
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
        while (await queue.LeaseNextAsync(stopping) is { } row)
            await RunLeasedAsync(row, stopping);
    }

    private async Task RunLeasedAsync(JobRow row, CancellationToken stopping)
    {
        using var job = new RunningJob<TStatus>(ParseStatus(row.StatusJson), stopping);
        _running[row.Id] = job;
        var heartbeat = HeartbeatAsync(row, job);
        Exception? error = null;
        try
        {
            if (row.CancelAsked)
                job.Stop(JobStopReason.Cancelled);
            else if (row.Losses > MaxLostLeases)
                throw new InvalidOperationException($"{row.Losses} processes ended while they worked on this job");
            else
                await RunAsync(row, job, job.Token);
        }
#pragma warning disable CA1031 // whatever the job throws is its result; the next one must still run
        catch (Exception failure)
#pragma warning restore CA1031
        {
            error = failure;
        }

        job.Finish();
        await heartbeat;
        try
        {
            await EndAsync(row, job, error);
        }
        finally
        {
            _running.TryRemove(row.Id, out _);
        }
    }

    private async Task EndAsync(JobRow row, RunningJob<TStatus> job, Exception? error)
    {
        var stopped = job.Reason != JobStopReason.None && (error is null ? row.CancelAsked : IsCancellation(error));
        if (stopped && job.Reason == JobStopReason.LeaseLost)
        {
            Log.LeaseLost(logger, row.Kind, row.Id);
            return;
        }

        if (stopped && job.Reason == JobStopReason.Stopping)
        {
            await queue.ReleaseAsync(row, FormatStatus(job.Status));
            return;
        }

        var stage = stopped ? JobStage.Cancelled : error is null ? JobStage.Succeeded : JobStage.Failed;
        if (!await queue.EndAsync(row, stage, FormatStatus(job.Status), stage == JobStage.Failed ? DescribeError(error!) : ""))
        {
            Log.LeaseLost(logger, row.Kind, row.Id);
            return;
        }

        row.Stage = stage;
        row.Error = stage == JobStage.Failed ? DescribeError(error!) : "";
        OnEnded(new JobView<TStatus>(row, job.Status), stage == JobStage.Failed ? error : null);
        await PublishDueAsync(CancellationToken.None);
    }

    /// <summary>Renews the lease until the job is over. A process that can't renew it stops the job before another may begin it.</summary>
    private async Task HeartbeatAsync(JobRow row, RunningJob<TStatus> job)
    {
        var pause = TimeSpan.FromTicks(Math.Min(_longestHeartbeat.Ticks, options.Lease.Ticks / 4));
        var renewed = Clock.GetTimestamp();
        while (await job.WaitWhileRunningAsync(pause, Clock))
        {
            try
            {
                using var limit = new CancellationTokenSource(options.Lease, Clock);
                switch (await queue.RenewLeaseAsync(row, FormatStatus(job.Status), limit.Token))
                {
                    case null: job.Stop(JobStopReason.LeaseLost); break;
                    case true: job.Stop(JobStopReason.Cancelled); break;
                }

                renewed = Clock.GetTimestamp();
            }
#pragma warning disable CA1031 // the database may come back; where it does not in time, the lease is lost
            catch (Exception error)
#pragma warning restore CA1031
            {
                Log.HeartbeatFailed(logger, error, row.Kind, row.Id);
                if (Clock.GetElapsedTime(renewed) + pause > options.Lease)
                    job.Stop(JobStopReason.LeaseLost);
            }
        }
    }

    private async Task PublishDueAsync(CancellationToken cancellation)
    {
        foreach (var row in await queue.ClaimDuePublishesAsync(cancellation))
        {
            var result = await PublishEndAsync(ToView(row), cancellation);
            if (result == PublishResult.Settled)
                await queue.SetPublishDueAsync(row, null, cancellation);
            else if (result == PublishResult.NotPublished)
                await queue.SetPublishDueAsync(row, 0, cancellation);
        }
    }

    private JobView<TStatus> ToView(JobRow row) =>
        new(row, !row.HasEnded && _running.TryGetValue(row.Id, out var job) ? job.Status : ParseStatus(row.StatusJson));
}

/// <summary>What became of the messages about a job's end.</summary>
public enum PublishResult
{
    /// <summary>The broker has them, and nobody has to act on them.</summary>
    Settled,

    /// <summary>The broker has them; they are published again until somebody confirms that what they ask for is under way.</summary>
    AwaitingConfirmation,

    /// <summary>The broker did not take them: they are published again at the next round.</summary>
    NotPublished,
}
