using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Jobs;

/// <summary>Two processes on the same rows, each with a name of its own; time passes when the test says so.</summary>
public sealed class JobQueueTests : IAsyncLifetime
{
    private readonly ScratchFolder _scratch = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 26, 0, 0, 0, TimeSpan.Zero));
    private readonly NoteJobOptions _options = new() { QueueLimit = 2 };
    private JobQueue _first = null!, _second = null!;

    public async ValueTask InitializeAsync()
    {
        (_first, _second) = (Open("notes"), Open("notes"));
        await _first.InitializeAsync(NoteJobWorker.StartedLifetime.CreateWait(), default);
    }

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task LeaseNext_LeaseThatIsRenewed_IsNotGivenToAnother()
    {
        await AddAsync("a");
        var row = (await _first.LeaseNextAsync(default))!;
        for (var i = 0; i < 10; i++)
        {
            _clock.Advance(_options.Lease / 2);
            Assert.False(await _first.RenewLeaseAsync(row, "on it", default));
            Assert.Null(await _second.LeaseNextAsync(default));
        }

        Assert.True(await _first.EndAsync(row, JobStage.Succeeded, "done", ""));
        var ended = await _second.GetAsync("local", row.Id, default);
        Assert.Equal((JobStage.Succeeded, "done", 0), (ended.Stage, ended.StatusJson, ended.Losses));
    }

    [Fact]
    public async Task LeaseNext_LeaseThatRanOut_GoesToTheOtherAndTheFirstChangesNothing()
    {
        await AddAsync("a");
        var first = (await _first.LeaseNextAsync(default))!;
        await _first.RenewLeaseAsync(first, "half way", default);
        _clock.Advance(_options.Lease + TimeSpan.FromMilliseconds(1));

        var second = (await _second.LeaseNextAsync(default))!;

        Assert.Equal((first.Id, "half way", 1), (second.Id, second.StatusJson, second.Losses));
        Assert.Null(await _first.RenewLeaseAsync(first, "late", default));
        Assert.False(await _first.EndAsync(first, JobStage.Failed, "late", "late"));
        await _first.ReleaseAsync(first, "late");
        var row = await _first.GetAsync("local", first.Id, default);
        Assert.Equal((JobStage.Running, "half way", ""), (row.Stage, row.StatusJson, row.Error));
        Assert.True(await _second.EndAsync(second, JobStage.Succeeded, "done", ""));
    }

    [Fact]
    public async Task LeaseNext_ByManyAtOnce_GivesEachJobToOne()
    {
        for (var i = 0; i < 2; i++)
            await AddAsync($"{i}");

        var taken = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? _first : _second).LeaseNextAsync(default)));

        Assert.Equal(["0", "1"], taken.Where(r => r is not null).Select(r => r!.SpecJson).Order());
    }

    [Fact]
    public async Task LeaseNext_EqualSpecIsRunning_WaitsForItsEnd()
    {
        var (first, twin) = (await AddAsync("a"), await AddAsync("a"));
        var row = (await _first.LeaseNextAsync(default))!;
        Assert.Equal(first.Id, row.Id);
        Assert.Null(await _second.LeaseNextAsync(default));
        var another = await AddAsync("b");
        Assert.Equal(another.Id, (await _second.LeaseNextAsync(default))!.Id);

        await _first.EndAsync(row, JobStage.Succeeded, "", "");

        Assert.Equal(twin.Id, (await _second.LeaseNextAsync(default))!.Id);
    }

    [Fact]
    public async Task Add_SameKeyManyTimesAtOnce_IsOneJob()
    {
        var made = await Task.WhenAll(
            Enumerable.Range(0, 12)
                .Select(i => (i % 2 == 0 ? _first : _second).AddAsync("local", JobKey.ForRequest("1"), "a", null, null, default)));

        Assert.Single(made.Select(r => r.Id).Distinct());
        Assert.Single(await _first.ListAsync("local", "", 10, default));
        Assert.Same(ErrorReasons.RequestIdReused,
            (await Assert.ThrowsAsync<MeshException>(
                () => _first.AddAsync("local", JobKey.ForRequest("1"), "b", null, null, default))).Reason);
        Assert.NotEqual(made[0].Id, (await _first.AddAsync("other", JobKey.ForRequest("1"), "a", null, null, default)).Id);
    }

    [Fact]
    public async Task Add_SameEventWithAnotherSpec_IsTheFirstJob()
    {
        var first = await _first.AddAsync("local", JobKey.ForEvent("datasets/1"), "a", null, null, default);
        var again = await _second.AddAsync("local", JobKey.ForEvent("datasets/1"), "b", null, null, default);

        Assert.Equal((first.Id, "a"), (again.Id, again.SpecJson));
        Assert.NotEqual(first.Id, (await _first.AddAsync("local", JobKey.ForRequest("datasets/1"), "a", null, null, default)).Id);
    }

    [Fact]
    public async Task Add_QueueFull_IsRefusedUntilOneIsLeased()
    {
        await AddAsync("a");
        await AddAsync("b");
        Assert.Same(ErrorReasons.QueueFull, (await Assert.ThrowsAsync<MeshException>(() => AddAsync("c"))).Reason);
        await _first.LeaseNextAsync(default);
        await AddAsync("c");
    }

    [Fact]
    public async Task LeaseNext_JobOfAnotherKind_IsNotSeen()
    {
        await AddAsync("a");
        var others = Open("letters");

        Assert.Null(await others.LeaseNextAsync(default));
        Assert.Empty(await others.ListAsync("local", "", 10, default));
    }

    [Fact]
    public async Task Cancel_WaitingAndRunning_EndsOneAndAsksTheOther()
    {
        await AddAsync("a");
        var running = (await _first.LeaseNextAsync(default))!;
        var waiting = await AddAsync("b");

        Assert.Equal(JobStage.Cancelled, (await _second.CancelAsync("local", waiting.Id, default)).Stage);
        Assert.Equal(JobStage.Running, (await _second.CancelAsync("local", running.Id, default)).Stage);
        Assert.True(await _first.RenewLeaseAsync(running, "", default));
        Assert.Same(ErrorReasons.NotFound,
            (await Assert.ThrowsAsync<MeshException>(() => _first.CancelAsync("other", running.Id, default))).Reason);
    }

    [Fact]
    public async Task ClaimDuePublishes_EndThatNobodyConfirms_IsDueAgain()
    {
        await AddAsync("a");
        var row = (await _first.LeaseNextAsync(default))!;
        Assert.Empty(await _first.ClaimDuePublishesAsync(default));
        await _first.EndAsync(row, JobStage.Succeeded, "", "");

        Assert.Single(await _first.ClaimDuePublishesAsync(default));
        Assert.Empty(await _second.ClaimDuePublishesAsync(default));
        _clock.Advance(_options.OverdueAfter);
        Assert.Single(await _second.ClaimDuePublishesAsync(default));
        await _first.ConfirmAsync("local", row.Id, default);
        _clock.Advance(_options.OverdueAfter);
        Assert.Empty(await _first.ClaimDuePublishesAsync(default));
    }

    [Fact]
    public async Task Initialize_FileThatAProcessLeft_FreesItsLeases()
    {
        await AddAsync("a");
        await _first.LeaseNextAsync(default);
        Assert.Null(await _second.LeaseNextAsync(default));

        await _second.InitializeAsync(NoteJobWorker.StartedLifetime.CreateWait(), default);

        Assert.NotNull(await _second.LeaseNextAsync(default));
    }

    [Theory]
    [InlineData(DatabaseNames.Sqlite)]
    [InlineData(DatabaseNames.Postgres)]
    public void Model_AgainstTheMigrations_HasNoPendingChanges(string database)
    {
        var options = new NoteJobOptions
        {
            Database = database,
            ConnectionString = database == DatabaseNames.Postgres ? "Host=nowhere;Database=none" : "",
        };
        using var db = JobDb.Open(options, _scratch["model.db"], _clock).CreateContext();

        Assert.False(db.Database.HasPendingModelChanges());
        Assert.NotEmpty(db.Database.GetMigrations());
    }

    [Fact]
    public async Task LeaseNext_JobsOfTwoTenants_TakeTurns()
    {
        foreach (var (tenant, spec) in new[] { ("a", "1"), ("a", "2"), ("b", "3"), ("b", "4") })
            await AddAsync(tenant, spec);

        var order = new List<string>();
        while (await _first.LeaseNextAsync(default) is { } row)
        {
            order.Add(row.Tenant + row.SpecJson);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            await _first.EndAsync(row, JobStage.Succeeded, "", "");
        }

        Assert.Equal(["a1", "b3", "a2", "b4"], order);
    }

    [Fact]
    public async Task Add_FullQueueOfOneTenant_LeavesRoomForAnother()
    {
        for (var i = 0; i < _options.QueueLimit; i++)
            await AddAsync("a", $"{i}");

        var refusal = await Assert.ThrowsAsync<MeshException>(() => AddAsync("a", "one too many"));
        Assert.Equal(ErrorReasons.QueueFull, refusal.Reason);
        Assert.Equal("b", (await AddAsync("b", "0")).Tenant);
    }

    private Task<JobRow> AddAsync(string tenant, string spec)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(1)); // ids rise with time
        return _first.AddAsync(tenant, null, spec, null, null, default);
    }

    private Task<JobRow> AddAsync(string spec) => AddAsync("local", spec);

    private JobQueue Open(string kind) => JobQueue.Open(kind, _options, _scratch["work.db"], new ReplicaIdentity(),
        TenantWeights.Equal, _clock);
}
