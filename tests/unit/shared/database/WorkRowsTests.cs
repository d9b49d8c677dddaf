using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Database.Work;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Database;

/// <summary>Two processes on the same rows, each with a name of its own; time passes when the test says so.</summary>
public sealed class WorkRowsTests : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 26, 0, 0, 0, TimeSpan.Zero));
    private readonly NoteOptions _options = new() { QueueLimit = 2 };
    private WorkRows _one = null!, _other = null!;

    public async ValueTask InitializeAsync()
    {
        (_one, _other) = (Open("notes"), Open("notes"));
        await _one.OpenAsync(default);
    }

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Take_LeaseThatIsRenewed_IsNobodyElses()
    {
        await AddAsync("a");
        var row = (await _one.TakeAsync(default))!;
        for (var i = 0; i < 10; i++)
        {
            _clock.Advance(_options.Lease / 2);
            Assert.False(await _one.RenewAsync(row, "on it", default));
            Assert.Null(await _other.TakeAsync(default));
        }

        Assert.True(await _one.EndAsync(row, WorkStage.Succeeded, "done", ""));
        var ended = await _other.GetAsync("local", row.Id, default);
        Assert.Equal((WorkStage.Succeeded, "done", 0), (ended.Stage, ended.StatusJson, ended.Losses));
    }

    [Fact]
    public async Task Take_LeaseThatRanOut_IsTheOtherOnesAndTheFirstChangesNothingMore()
    {
        await AddAsync("a");
        var first = (await _one.TakeAsync(default))!;
        await _one.RenewAsync(first, "half way", default);
        _clock.Advance(_options.Lease + TimeSpan.FromMilliseconds(1));

        var second = (await _other.TakeAsync(default))!;

        Assert.Equal((first.Id, "half way", 1), (second.Id, second.StatusJson, second.Losses));
        Assert.Null(await _one.RenewAsync(first, "late", default));
        Assert.False(await _one.EndAsync(first, WorkStage.Failed, "late", "late"));
        await _one.GiveBackAsync(first, "late");
        var row = await _one.GetAsync("local", first.Id, default);
        Assert.Equal((WorkStage.Running, "half way", ""), (row.Stage, row.StatusJson, row.Error));
        Assert.True(await _other.EndAsync(second, WorkStage.Succeeded, "done", ""));
    }

    [Fact]
    public async Task Take_ByManyAtOnce_GivesEachRowToOne()
    {
        for (var i = 0; i < 2; i++)
            await AddAsync($"{i}");

        var taken = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? _one : _other).TakeAsync(default)));

        Assert.Equal(["0", "1"], taken.Where(r => r is not null).Select(r => r!.SpecJson).Order());
    }

    [Fact]
    public async Task Take_TwinOfWorkThatRuns_WaitsForItsEnd()
    {
        var (first, twin) = (await AddAsync("a"), await AddAsync("a"));
        var row = (await _one.TakeAsync(default))!;
        Assert.Equal(first.Id, row.Id);
        Assert.Null(await _other.TakeAsync(default));
        var another = await AddAsync("b");
        Assert.Equal(another.Id, (await _other.TakeAsync(default))!.Id);

        await _one.EndAsync(row, WorkStage.Succeeded, "", "");

        Assert.Equal(twin.Id, (await _other.TakeAsync(default))!.Id);
    }

    [Fact]
    public async Task Add_SameKeyManyTimesAtOnce_IsOneRow()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? _one : _other).AddAsync("local", WorkKey.OfRequest("1"), "a", null, default)));

        Assert.Single(made.Select(r => r.Id).Distinct());
        Assert.Single(await _one.ListAsync("local", "", 10, default));
        Assert.Same(Reasons.RequestIdReused, (await Assert.ThrowsAsync<MeshException>(() => _one.AddAsync("local", WorkKey.OfRequest("1"), "b", null, default))).Reason);
        Assert.NotEqual(made[0].Id, (await _one.AddAsync("other", WorkKey.OfRequest("1"), "a", null, default)).Id);
    }

    [Fact]
    public async Task Add_SameEventInOtherWords_IsTheFirstRow()
    {
        var first = await _one.AddAsync("local", WorkKey.OfEvent("datasets/1"), "a", null, default);
        var again = await _other.AddAsync("local", WorkKey.OfEvent("datasets/1"), "b", null, default);

        Assert.Equal((first.Id, "a"), (again.Id, again.SpecJson));
        Assert.NotEqual(first.Id, (await _one.AddAsync("local", WorkKey.OfRequest("datasets/1"), "a", null, default)).Id);
    }

    [Fact]
    public async Task Add_MoreThanMayWait_IsRefusedUntilOneIsTaken()
    {
        await AddAsync("a");
        await AddAsync("b");
        Assert.Same(Reasons.QueueFull, (await Assert.ThrowsAsync<MeshException>(() => AddAsync("c"))).Reason);
        await _one.TakeAsync(default);
        await AddAsync("c");
    }

    [Fact]
    public async Task Rows_OfAnotherKind_AreNotSeen()
    {
        await AddAsync("a");
        var others = Open("letters");

        Assert.Null(await others.TakeAsync(default));
        Assert.Empty(await others.ListAsync("local", "", 10, default));
    }

    [Fact]
    public async Task Cancel_WaitingAndRunning_EndsOneAndAsksTheOther()
    {
        await AddAsync("a");
        var running = (await _one.TakeAsync(default))!;
        var waiting = await AddAsync("b");

        Assert.Equal(WorkStage.Cancelled, (await _other.CancelAsync("local", waiting.Id, default)).Stage);
        Assert.Equal(WorkStage.Running, (await _other.CancelAsync("local", running.Id, default)).Stage);
        Assert.True(await _one.RenewAsync(running, "", default));
        Assert.Same(Reasons.NotFound, (await Assert.ThrowsAsync<MeshException>(() => _one.CancelAsync("other", running.Id, default))).Reason);
    }

    [Fact]
    public async Task ToTell_EndThatNobodyConfirms_ComesAgainWhenOverdue()
    {
        await AddAsync("a");
        var row = (await _one.TakeAsync(default))!;
        Assert.Empty(await _one.ToTellAsync(default));
        await _one.EndAsync(row, WorkStage.Succeeded, "", "");

        Assert.Single(await _one.ToTellAsync(default));
        Assert.Empty(await _other.ToTellAsync(default));
        _clock.Advance(_options.OverdueAfter);
        Assert.Single(await _other.ToTellAsync(default));
        await _one.ConfirmAsync("local", row.Id, default);
        _clock.Advance(_options.OverdueAfter);
        Assert.Empty(await _one.ToTellAsync(default));
    }

    [Fact]
    public async Task Open_FileThatAProcessLeft_IsFreeAtOnce()
    {
        await AddAsync("a");
        await _one.TakeAsync(default);
        Assert.Null(await _other.TakeAsync(default));

        await _other.OpenAsync(default);

        Assert.NotNull(await _other.TakeAsync(default));
    }

    [Theory]
    [InlineData(Databases.Sqlite)]
    [InlineData(Databases.Postgres)]
    public void Model_AgainstTheMigrations_HasNoPendingChanges(string database)
    {
        var options = new NoteOptions { Database = database, ConnectionString = database == Databases.Postgres ? "Host=nowhere;Database=none" : "" };
        using var db = WorkDb.Open(options, _scratch["model.db"], _clock).Read();

        Assert.False(db.Database.HasPendingModelChanges());
        Assert.NotEmpty(db.Database.GetMigrations());
    }

    private Task<WorkRow> AddAsync(string spec)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(1)); // ids rise with time
        return _one.AddAsync("local", null, spec, null, default);
    }

    private WorkRows Open(string kind) => WorkRows.Open(kind, _options, _scratch["work.db"], new Replica(), _clock);
}
