using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Jobs;

public sealed class JobWorkerTests : IAsyncLifetime
{
    private readonly ScratchFolder _scratch = new();
    private readonly NoteJobOptions _options = new()
    {
        Lease = TimeSpan.FromSeconds(2),
        ReconcileEvery = TimeSpan.FromMilliseconds(50),
        OverdueAfter = TimeSpan.FromMilliseconds(200),
    };
    private readonly NoteJobWorker _worker;

    public JobWorkerTests() =>
        _worker = new NoteJobWorker(JobQueue.Open("notes", _options, _scratch["work.db"], new ReplicaIdentity(), TenantWeights.Equal,
            TimeProvider.System),
            _options, TimeProvider.System);

    public async ValueTask InitializeAsync() => await _worker.StartAsync(default);

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync(default);
        _worker.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Run_SucceedingAndFailingJob_KeepsTheResultAndPublishesTheEnd()
    {
        var (good, bad) = (await AddAsync("good"), await AddAsync("fail"));
        _worker.Continue.SetResult();

        var ended = (await WaitForEndAsync(good), await WaitForEndAsync(bad));

        Assert.Equal((JobStage.Succeeded, "done", ""), (ended.Item1.Row.Stage, ended.Item1.Status.Text, ended.Item1.Row.Error));
        Assert.Equal((JobStage.Failed, "begun", "as was wanted"), (ended.Item2.Row.Stage, ended.Item2.Status.Text, ended.Item2.Row.Error));
        await UntilAsync(() => _worker.PublishedEnds.SequenceEqual(["good Succeeded", "fail Failed"]));
    }

    [Fact]
    public async Task PublishEnd_AwaitingConfirmation_IsRepeatedUntilConfirmed()
    {
        _worker.NextPublishResult = PublishResult.AwaitingConfirmation;
        _worker.Continue.SetResult();
        var id = await AddAsync("good");
        await UntilAsync(() => _worker.PublishedEnds.Count >= 3);

        await _worker.ConfirmAsync("local", id, default);

        await UntilAsync(async () => (await _worker.GetAsync("local", id, default)).Row.PublishDueMs is null);
    }

    [Fact]
    public async Task Cancel_WhileItRuns_EndsItAndTheNextOneRuns()
    {
        var (first, second) = (await AddAsync("first"), await AddAsync("second"));
        await UntilAsync(() => _worker.StartedSpecs.Contains("first"));

        await _worker.CancelAsync("local", first, default);

        Assert.Equal(JobStage.Cancelled, (await WaitForEndAsync(first)).Row.Stage);
        _worker.Continue.SetResult();
        Assert.Equal(JobStage.Succeeded, (await WaitForEndAsync(second)).Row.Stage);
    }

    [Fact]
    public async Task Run_LeaseTakenByAnotherProcess_StopsAndChangesNothing()
    {
        var id = await AddAsync("first");
        await UntilAsync(() => _worker.StartedSpecs.Contains("first"));
        var rows = JobDb.Open(_options, _scratch["work.db"], TimeProvider.System);

        var until = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        await rows.TransactAsync(
            db => db.Jobs.ExecuteUpdateAsync(
                s => s.SetProperty(r => r.Version, r => r.Version + 1).SetProperty(r => r.LeaseUntilMs, until)
                    .SetProperty(r => r.StatusJson, "theirs")), default);

        var next = await AddAsync("second");
        await UntilAsync(() => _worker.StartedSpecs.Contains("second"));
        _worker.Continue.SetResult();
        await WaitForEndAsync(next);
        var row = (await _worker.GetAsync("local", id, default)).Row;
        Assert.Equal((JobStage.Running, "theirs"), (row.Stage, row.StatusJson));
    }

    [Fact]
    public async Task Stop_WhileItRuns_ReleasesTheJob()
    {
        var id = await AddAsync("first");
        await UntilAsync(() => _worker.StartedSpecs.Contains("first"));

        await _worker.StopAsync(default);

        var row = (await _worker.GetAsync("local", id, default)).Row;
        Assert.Equal((JobStage.Waiting, "begun", 0), (row.Stage, row.StatusJson, row.Losses));
    }

    [Fact]
    public async Task Run_TooManyLostLeases_FailsAndSaysSo()
    {
        var id = await AddAsync("first");
        await UntilAsync(() => _worker.StartedSpecs.Contains("first"));
        await _worker.StopAsync(default);
        await JobDb.Open(_options, _scratch["work.db"], TimeProvider.System).TransactAsync(
            db => db.Jobs.ExecuteUpdateAsync(
                s => s.SetProperty(r => r.Losses, JobWorker<Note>.MaxLostLeases).SetProperty(r => r.Stage, JobStage.Running)), default);

        using var next = new NoteJobWorker(
            JobQueue.Open("notes", _options, _scratch["work.db"], new ReplicaIdentity(), TenantWeights.Equal,
            TimeProvider.System), _options,
            TimeProvider.System);
        await next.StartAsync(default);

        await UntilAsync(async () => (await next.GetAsync("local", id, default)).Row.HasEnded);
        Assert.Equal("21 processes ended while they worked on this job", (await next.GetAsync("local", id, default)).Row.Error);
        await next.StopAsync(default);
    }

    private async Task<string> AddAsync(string spec) => (await _worker.AddAsync("local", null, spec, null, null, default)).Row.Id;

    private async Task<JobView<Note>> WaitForEndAsync(string id)
    {
        await UntilAsync(async () => (await _worker.GetAsync("local", id, default)).Row.HasEnded);
        return await _worker.GetAsync("local", id, default);
    }

    private static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
            await Task.Delay(10, limit.Token);
    }
}
