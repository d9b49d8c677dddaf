using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

/// <summary>The batcher on a fake clock, with a turn that the test lets through one at a time.</summary>
public sealed class BatcherTests : IDisposable
{
    private const string AnsweredLater = "l";
    private readonly FakeTimeProvider _clock = new();
    private readonly SemaphoreSlim _turns = new(0);
    private readonly SemaphoreSlim _started = new(0);
    private readonly List<string> _batches = [];
    private readonly TimeSpan _turnTime = TimeSpan.FromSeconds(1);

    public void Dispose()
    {
        _turns.Dispose();
        _started.Dispose();
    }

    private sealed class TestItem(string name, int turns)
    {
        public string Name => name;
        public int Left { get; set; } = turns;
    }

    private Batcher<TestItem, string> CreateBatcher(int queue = 8, int batch = 3, double delay = 10) =>
        new(new BatcherOptions("job") { QueueLimit = queue, MaxBatch = batch, MaxDelay = TimeSpan.FromSeconds(delay) },
            RunTurnAsync, new BatcherMetrics(TestMeters.Factory), _clock);

    private async ValueTask RunTurnAsync(IReadOnlyList<BatchRow<TestItem, string>> rows, CancellationToken cancellationToken)
    {
        lock (_batches)
            _batches.Add(string.Concat(rows.Select(row => row.Item.Name)));
        _started.Release();
        await _turns.WaitAsync(cancellationToken);
        _clock.Advance(_turnTime);
        foreach (var row in rows)
        {
            if (row.Item.Name == "!")
                throw new InvalidDataException("poison");
            if (--row.Item.Left > 0)
                continue;
            if (row.Item.Name == AnsweredLater)
                row.LeaveBatch();
            else
                row.Complete(row.Item.Name);
        }
    }

    private static BatchRow<TestItem, string> Admit(Batcher<TestItem, string> batcher, string name, int turns = 1, string key = "",
        int priority = 0, DateTimeOffset? deadline = null, string tenant = "local", CancellationToken token = default) =>
        batcher.Admit(new TestItem(name, turns), new BatchRowOptions
        {
            Key = key,
            Priority = priority,
            Turns = turns,
            Deadline = deadline,
            Tenant = tenant,
        }, token);

    /// <summary>The answer of a row; a row that never ends is a failure, not a test that hangs.</summary>
    private static Task<string> ResultOfAsync(BatchRow<TestItem, string> row) => row.Completion.WaitAsync(TimeSpan.FromSeconds(10));

    private async Task TurnStartedAsync() => Assert.True(await _started.WaitAsync(TimeSpan.FromSeconds(10)), "no turn started");

    [Fact]
    public async Task Turn_AsManyRowsAsFit_ClosesFull()
    {
        await using var batcher = CreateBatcher();
        var rows = new[] { Admit(batcher, "a"), Admit(batcher, "b"), Admit(batcher, "c") };
        _turns.Release();
        Assert.Equal(["a", "b", "c"], await Task.WhenAll(rows.Select(ResultOfAsync)));
        Assert.Equal(["abc"], _batches);
        Assert.Equal(1, batcher.CountClosed(BatchCloseReason.Full));
    }

    [Fact]
    public async Task Turn_OneRow_WaitsForTheDelayAndNotLonger()
    {
        await using var batcher = CreateBatcher();
        var row = Admit(batcher, "a");
        Assert.False(await _started.WaitAsync(TimeSpan.FromMilliseconds(100)));
        _turns.Release();
        await AdvanceUntilAsync(row.Completion, TimeSpan.FromSeconds(10));
        Assert.Equal(1, batcher.CountClosed(BatchCloseReason.Delay));
    }

    [Fact]
    public async Task Turn_RowsOfManyTurns_JoinAndLeaveBetweenTurns()
    {
        await using var batcher = CreateBatcher(delay: 0);
        var a = Admit(batcher, "a", turns: 3);
        await TurnStartedAsync();
        var b = Admit(batcher, "b", turns: 1);
        var c = Admit(batcher, "c", turns: 3);
        Admit(batcher, "d", turns: 1);
        _turns.Release(2);
        await TurnStartedAsync();
        await TurnStartedAsync();
        Assert.True(b.Completion.IsCompletedSuccessfully);
        _turns.Release(2);
        await Task.WhenAll(a.Completion, c.Completion);
        Assert.Equal(["a", "abc", "acd", "c"], _batches);
        Assert.Equal(1, batcher.CountClosed(BatchCloseReason.Continuing));
    }

    [Fact]
    public async Task Turn_RowThatLeavesUnanswered_HasNoFurtherTurnAndIsAnsweredLater()
    {
        await using var batcher = CreateBatcher(batch: 1, delay: 0);
        var later = Admit(batcher, AnsweredLater);
        var next = Admit(batcher, "b");
        _turns.Release(2);
        Assert.Equal("b", await ResultOfAsync(next));
        Assert.False(later.Completion.IsCompleted);
        later.Complete("late");
        Assert.Equal("late", await ResultOfAsync(later));
        Assert.Equal([AnsweredLater, "b"], _batches);
    }

    [Fact]
    public async Task Turn_OtherKeyAtTheHead_LetsNoLaterRowPass()
    {
        await using var batcher = CreateBatcher();
        var rows = new List<BatchRow<TestItem, string>> { Admit(batcher, "a", key: "1"), Admit(batcher, "b", key: "2"),
            Admit(batcher, "c", key: "1") };
        await TurnStartedAsync();
        rows.Add(Admit(batcher, "d", key: "1"));
        rows.Add(Admit(batcher, "e", key: "1"));
        _turns.Release(3);
        await Task.WhenAll(rows.Select(ResultOfAsync));
        Assert.Equal(["a", "b", "cde"], _batches);
        Assert.Equal(2, batcher.CountClosed(BatchCloseReason.Incompatible));
    }

    [Fact]
    public async Task Turn_RowsOfSeveralTenants_TakeTurnsByTheWorkThatTheyAre()
    {
        await using var batcher = CreateBatcher(batch: 1);
        var rows = new List<BatchRow<TestItem, string>> { Admit(batcher, "a", tenant: "x") };
        await TurnStartedAsync();
        rows.AddRange([Admit(batcher, "b", tenant: "x"), Admit(batcher, "c", tenant: "x"), Admit(batcher, "d", turns: 2, tenant: "y"),
            Admit(batcher, "e", tenant: "y")]);
        _turns.Release(6);
        await Task.WhenAll(rows.Select(ResultOfAsync));
        Assert.Equal(["a", "d", "d", "b", "c", "e"], _batches);
    }

    [Fact]
    public async Task Admit_HigherPriority_GoesFirst()
    {
        await using var batcher = CreateBatcher(batch: 1);
        var rows = new List<BatchRow<TestItem, string>> { Admit(batcher, "a") };
        await TurnStartedAsync();
        rows.AddRange([Admit(batcher, "b"), Admit(batcher, "c", priority: 1), Admit(batcher, "d", priority: 1)]);
        Assert.Equal([0, 1, 1, 2], rows.Select(row => row.Position));
        _turns.Release(4);
        await Task.WhenAll(rows.Select(ResultOfAsync));
        Assert.Equal(["a", "c", "d", "b"], _batches);
    }

    [Fact]
    public async Task Admit_FullQueue_IsRefusedWithTheMeasuredTime()
    {
        await using var batcher = CreateBatcher(queue: 2, batch: 1, delay: 0);
        _turns.Release();
        await Admit(batcher, "warm").Completion;
        await TurnStartedAsync();
        Admit(batcher, "a", turns: 5);
        await TurnStartedAsync();
        Admit(batcher, "b");
        Admit(batcher, "c");
        var refusal = Assert.Throws<MeshException>(() => Admit(batcher, "d"));
        Assert.Equal(ErrorReasons.QueueFull, refusal.Reason);
        Assert.Equal(TimeSpan.FromSeconds(5), refusal.RetryAfter);
    }

    [Fact]
    public async Task Admit_DeadlineBeyondTheMeasuredRate_IsRefusedAtOnce()
    {
        await using var batcher = CreateBatcher(batch: 1, delay: 0);
        _turns.Release();
        await Admit(batcher, "warm").Completion;
        await TurnStartedAsync();
        Admit(batcher, "a", turns: 4);
        await TurnStartedAsync();
        var now = _clock.GetUtcNow();
        var refusal = Assert.Throws<MeshException>(() => Admit(batcher, "b", turns: 3, deadline: now.AddSeconds(6.9)));
        Assert.Equal(ErrorReasons.DeadlineUnmeetable, refusal.Reason);
        Assert.Equal(1, Admit(batcher, "c", turns: 3, deadline: now.AddSeconds(7.1)).Position);
        Assert.Equal(1, Admit(batcher, "d", turns: 3, priority: 1, deadline: now.AddSeconds(7.1)).Position);
    }

    [Fact]
    public async Task Admit_RateThatNothingHasMeasuredSince_IsNotHeldAgainstNewcomersForEver()
    {
        await using var batcher = CreateBatcher(batch: 1, delay: 0);
        _turns.Release();
        await ResultOfAsync(Admit(batcher, "slow"));
        await TurnStartedAsync();
        Assert.Throws<MeshException>(() => Admit(batcher, "a", deadline: _clock.GetUtcNow().AddSeconds(0.4)));
        _clock.Advance(TimeSpan.FromSeconds(20));
        var row = Admit(batcher, "b", deadline: _clock.GetUtcNow().AddSeconds(0.4));
        await TurnStartedAsync();
        Assert.Throws<MeshException>(() => Admit(batcher, "c", deadline: _clock.GetUtcNow().AddSeconds(1.9)));
        Assert.Equal(0, row.Position);
    }

    [Fact]
    public async Task Admit_DeadlineInThePast_IsRefusedBeforeAnythingWasMeasured()
    {
        await using var batcher = CreateBatcher();
        var refusal = Assert.Throws<MeshException>(() => Admit(batcher, "a", deadline: _clock.GetUtcNow()));
        Assert.Equal(ErrorReasons.DeadlineUnmeetable, refusal.Reason);
    }

    [Fact]
    public async Task Turn_DeadlineNear_DoesNotWaitForTheDelay()
    {
        await using var batcher = CreateBatcher(batch: 2, delay: 100);
        _turns.Release();
        await Task.WhenAll(Admit(batcher, "w").Completion, Admit(batcher, "w").Completion);
        await TurnStartedAsync();
        var row = Admit(batcher, "a", deadline: _clock.GetUtcNow().AddSeconds(20.2));
        _turns.Release();
        await AdvanceUntilAsync(row.Completion, TimeSpan.FromSeconds(20));
        Assert.Equal(1, batcher.CountClosed(BatchCloseReason.Deadline));
    }

    [Fact]
    public async Task Turn_DeadlinePassesBetweenTurns_FailsTheRow()
    {
        await using var batcher = CreateBatcher(batch: 1, delay: 0);
        var row = Admit(batcher, "a", turns: 9, deadline: _clock.GetUtcNow().AddSeconds(2));
        _turns.Release(2);
        var failure = await Assert.ThrowsAsync<MeshException>(() => ResultOfAsync(row));
        Assert.Equal(ErrorReasons.DeadlineUnmeetable, failure.Reason);
        Assert.Equal(["a", "a"], _batches);
    }

    [Fact]
    public async Task Cancel_RunningRow_FreesItsPlaceAfterTheTurn()
    {
        await using var batcher = CreateBatcher(batch: 1, delay: 0);
        using var cancel = new CancellationTokenSource();
        var a = Admit(batcher, "a", turns: 50, token: cancel.Token);
        await TurnStartedAsync();
        var b = Admit(batcher, "b");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ResultOfAsync(a));
        _turns.Release(2);
        await ResultOfAsync(b);
        Assert.Equal(["a", "b"], _batches);
    }

    [Fact]
    public async Task Cancel_WaitingRow_FreesItsPlaceAtOnce()
    {
        await using var batcher = CreateBatcher(queue: 1, batch: 1, delay: 0);
        using var cancel = new CancellationTokenSource();
        Admit(batcher, "a", turns: 2);
        await TurnStartedAsync();
        Admit(batcher, "b", token: cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(1, Admit(batcher, "c").Position);
    }

    [Fact]
    public async Task Turn_Throws_FailsItsRowsAndLivesOn()
    {
        await using var batcher = CreateBatcher(delay: 0);
        var poison = Admit(batcher, "!");
        _turns.Release(2);
        await Assert.ThrowsAsync<InvalidDataException>(() => ResultOfAsync(poison));
        Assert.Equal("a", await Admit(batcher, "a").Completion);
    }

    [Fact]
    public async Task Drain_AdmittedRows_EndAndNewOnesAreRefused()
    {
        await using var batcher = CreateBatcher(delay: 0);
        var row = Admit(batcher, "a", turns: 2);
        await TurnStartedAsync();
        var drained = batcher.DrainAsync(CancellationToken.None);
        Assert.Equal(ErrorReasons.Draining, Assert.Throws<MeshException>(() => Admit(batcher, "b")).Reason);
        _turns.Release(2);
        await drained;
        Assert.Equal("a", await ResultOfAsync(row));
    }

    [Fact]
    public async Task Dispose_RowsLeft_FailWithDraining()
    {
        var batcher = CreateBatcher(batch: 1, delay: 0);
        var running = Admit(batcher, "a", turns: 2);
        await TurnStartedAsync();
        var waiting = Admit(batcher, "b");
        await batcher.DisposeAsync();
        Assert.Equal(ErrorReasons.Draining, (await Assert.ThrowsAsync<MeshException>(() => ResultOfAsync(running))).Reason);
        Assert.Equal(ErrorReasons.Draining, (await Assert.ThrowsAsync<MeshException>(() => ResultOfAsync(waiting))).Reason);
    }

    // The loop sets its timer on another thread: move the clock in small steps until it has fired.
    private async Task AdvanceUntilAsync(Task task, TimeSpan atMost)
    {
        for (var moved = TimeSpan.Zero; !task.IsCompleted && moved < atMost; moved += atMost / 20)
        {
            // before the first step too: a wait that the loop works out while the clock steps ends a step late
            await Task.WhenAny(task, Task.Delay(20));
            _clock.Advance(atMost / 20);
        }
        await task.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
