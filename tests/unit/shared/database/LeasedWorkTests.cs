using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Database.Work;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Database;

public sealed class LeasedWorkTests : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private readonly NoteOptions _options = new() { Lease = TimeSpan.FromSeconds(2), ReconcileEvery = TimeSpan.FromMilliseconds(50), OverdueAfter = TimeSpan.FromMilliseconds(200) };
    private readonly NoteWork _work;

    public LeasedWorkTests() => _work = new NoteWork(WorkRows.Open("notes", _options, _scratch["work.db"], new Replica(), TimeProvider.System), _options, TimeProvider.System);

    public async ValueTask InitializeAsync() => await _work.StartAsync(default);

    public async ValueTask DisposeAsync()
    {
        await _work.StopAsync(default);
        _work.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Run_GoodAndBadWork_EndsAsItEndedAndIsTold()
    {
        var (good, bad) = (await AddAsync("good"), await AddAsync("fail"));
        _work.Go.SetResult();

        var ended = (await EndOf(good), await EndOf(bad));

        Assert.Equal((WorkStage.Succeeded, "done", ""), (ended.Item1.Row.Stage, ended.Item1.Status.Text, ended.Item1.Row.Error));
        Assert.Equal((WorkStage.Failed, "begun", "as was wanted"), (ended.Item2.Row.Stage, ended.Item2.Status.Text, ended.Item2.Row.Error));
        await Until(() => _work.Tellings.SequenceEqual(["good Succeeded", "fail Failed"]));
    }

    [Fact]
    public async Task Tell_OpenEnd_ComesAgainUntilItIsConfirmed()
    {
        _work.Answer = Told.Open;
        _work.Go.SetResult();
        var id = await AddAsync("good");
        await Until(() => _work.Tellings.Count >= 3);

        await _work.ConfirmAsync("local", id, default);

        await Until(async () => (await _work.GetAsync("local", id, default)).Row.TellMs is null);
    }

    [Fact]
    public async Task Cancel_WhileItRuns_EndsItAndTheNextOneRuns()
    {
        var (first, second) = (await AddAsync("first"), await AddAsync("second"));
        await Until(() => _work.Begun.Contains("first"));

        await _work.CancelAsync("local", first, default);

        Assert.Equal(WorkStage.Cancelled, (await EndOf(first)).Row.Stage);
        _work.Go.SetResult();
        Assert.Equal(WorkStage.Succeeded, (await EndOf(second)).Row.Stage);
    }

    [Fact]
    public async Task Run_RowThatAnotherProcessTook_StopsAndChangesNothing()
    {
        var id = await AddAsync("first");
        await Until(() => _work.Begun.Contains("first"));
        var rows = WorkDb.Open(_options, _scratch["work.db"], TimeProvider.System);

        var until = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        await rows.WriteAsync(
            db => db.Work.ExecuteUpdateAsync(s => s.SetProperty(r => r.Version, r => r.Version + 1).SetProperty(r => r.LeaseUntilMs, until).SetProperty(r => r.StatusJson, "theirs")), default);

        var next = await AddAsync("second");
        await Until(() => _work.Begun.Contains("second"));
        _work.Go.SetResult();
        await EndOf(next);
        var row = (await _work.GetAsync("local", id, default)).Row;
        Assert.Equal((WorkStage.Running, "theirs"), (row.Stage, row.StatusJson));
    }

    [Fact]
    public async Task Stop_InTheMiddle_GivesTheRowBack()
    {
        var id = await AddAsync("first");
        await Until(() => _work.Begun.Contains("first"));

        await _work.StopAsync(default);

        var row = (await _work.GetAsync("local", id, default)).Row;
        Assert.Equal((WorkStage.Waiting, "begun", 0), (row.Stage, row.StatusJson, row.Losses));
    }

    [Fact]
    public async Task Run_RowThatManyProcessesDiedOver_FailsAndSaysSo()
    {
        var id = await AddAsync("first");
        await Until(() => _work.Begun.Contains("first"));
        await _work.StopAsync(default);
        await WorkDb.Open(_options, _scratch["work.db"], TimeProvider.System).WriteAsync(
            db => db.Work.ExecuteUpdateAsync(s => s.SetProperty(r => r.Losses, LeasedWork<Note>.MostLosses).SetProperty(r => r.Stage, WorkStage.Running)), default);

        using var next = new NoteWork(WorkRows.Open("notes", _options, _scratch["work.db"], new Replica(), TimeProvider.System), _options, TimeProvider.System);
        await next.StartAsync(default);

        await Until(async () => (await next.GetAsync("local", id, default)).Row.HasEnded);
        Assert.Equal("21 processes ended while they worked on it", (await next.GetAsync("local", id, default)).Row.Error);
        await next.StopAsync(default);
    }

    private async Task<string> AddAsync(string spec) => (await _work.AddAsync("local", null, spec, null, default)).Row.Id;

    private async Task<Work<Note>> EndOf(string id)
    {
        await Until(async () => (await _work.GetAsync("local", id, default)).Row.HasEnded);
        return await _work.GetAsync("local", id, default);
    }

    private static Task Until(Func<bool> holds) => Until(() => Task.FromResult(holds()));

    private static async Task Until(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
            await Task.Delay(10, limit.Token);
    }
}
