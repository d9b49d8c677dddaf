using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

/// <summary>Long computations run on threads of their own, so many at once, for so long.</summary>
public sealed class ProcessorWorkPoolTests : IDisposable
{
    private const string Tenant = "local";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly TestServerCall _call = new();
    private ProcessorWorkPool? _pool;

    public void Dispose()
    {
        _pool?.Dispose();
        _call.Dispose();
    }

    [Fact]
    public async Task Run_Work_IsOnNoThreadOfThePool()
    {
        var pool = CreatePool(threads: 2, waiting: 4);

        Assert.False(await pool.RunAsync(_call, Tenant, _ => Thread.CurrentThread.IsThreadPoolThread));
    }

    [Fact]
    public async Task Run_ParallelLoopWithin_StaysOnThreadsOfItsOwn()
    {
        var pool = CreatePool(threads: 2, waiting: 4);

        var threads = await pool.RunAsync(_call, Tenant, token =>
        {
            var seen = new bool[64];
            var options = new ParallelOptions { TaskScheduler = TaskScheduler.Current, CancellationToken = token };
            Parallel.For(0, seen.Length, options, i => seen[i] = Thread.CurrentThread.IsThreadPoolThread);
            return seen;
        });

        Assert.DoesNotContain(true, threads);
    }

    [Fact]
    public async Task Run_PoolAndQueueFull_IsRefusedWithPushBack()
    {
        var pool = CreatePool(threads: 1, waiting: 4); // three places for calls that were not refused before
        using var gate = new ManualResetEventSlim();
        var running = Enumerable.Range(0, 4).Select(_ => pool.RunAsync(_call, Tenant, token => Wait(gate, token))).ToList();

        var refusal = await Assert.ThrowsAsync<MeshException>(() => pool.RunAsync(_call, Tenant, _ => 0));

        Assert.Equal(ErrorReasons.QueueFull, refusal.Reason);
        Assert.NotNull(refusal.RetryAfter);
        gate.Set();
        await Task.WhenAll(running);
    }

    [Fact]
    public async Task Run_SeveralTenants_TakeTurns()
    {
        var pool = CreatePool(threads: 1, waiting: 8);
        using var gate = new ManualResetEventSlim();
        var order = new List<string>();
        var first = pool.RunAsync(_call, "a", token => Wait(gate, token));
        var rest = new[] { "a", "a", "a", "b" }.Select(tenant => pool.RunAsync(_call, tenant, _ =>
        {
            order.Add(tenant);
            return 0;
        })).ToList();

        gate.Set();
        await Task.WhenAll([first, .. rest]);

        Assert.Equal(["a", "b", "a", "a"], order);
    }

    [Fact]
    public async Task Run_LongerThanTheLimit_IsStoppedAndSaysTheLimit()
    {
        var pool = CreatePool(threads: 1, waiting: 4);
        using var gate = new ManualResetEventSlim();
        var running = pool.RunAsync(_call, Tenant, token => Wait(gate, token));

        _clock.Advance(_limit);
        var refusal = await Assert.ThrowsAsync<MeshException>(() => running);

        Assert.Equal(ErrorReasons.DeadlineUnmeetable, refusal.Reason);
        Assert.Contains("10 s", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Balancer:PlanLimit", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, await pool.RunAsync(_call, Tenant, _ => 1)); // and its place is free again
    }

    [Fact]
    public async Task Run_StepsOfOnePlace_ShareTheLimit()
    {
        var pool = CreatePool(threads: 1, waiting: 4);
        using var place = await pool.EnterAsync(_call, Tenant);
        await place.RunAsync(_ =>
        {
            _clock.Advance(_limit * 0.6);
            return 0;
        });
        using var gate = new ManualResetEventSlim();
        var second = place.RunAsync(token => Wait(gate, token));

        _clock.Advance(_limit * 0.4);

        Assert.Equal(ErrorReasons.DeadlineUnmeetable, (await Assert.ThrowsAsync<MeshException>(() => second)).Reason);
    }

    [Fact]
    public async Task Run_CallCancelled_EndsTheWork()
    {
        var pool = CreatePool(threads: 1, waiting: 4);
        using var gate = new ManualResetEventSlim();
        var running = pool.RunAsync(_call, Tenant, token => Wait(gate, token));

        _call.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task RunInBackground_PoolFull_ComesAgain()
    {
        var pool = CreatePool(threads: 1, waiting: 1);
        using var gate = new ManualResetEventSlim();
        var call = pool.RunAsync(_call, Tenant, token => Wait(gate, token));
        var first = pool.RunInBackgroundAsync(Tenant, _ => 1, CancellationToken.None);
        var second = pool.RunInBackgroundAsync(Tenant, _ => 2, CancellationToken.None);

        gate.Set();
        await call;
        Assert.Equal(1, await first);
        while (!second.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(second, Task.Delay(1));
        }

        Assert.Equal(2, await second);
    }

    private static int Wait(ManualResetEventSlim gate, CancellationToken token)
    {
        gate.Wait(token);
        return 0;
    }

    private ProcessorWorkPool CreatePool(int threads, int waiting) => _pool = new ProcessorWorkPool("plan", threads, waiting, _limit,
        "Balancer:PlanLimit", new ConcurrencyLimiterMetrics(TestMeters.Factory), _clock);
}
