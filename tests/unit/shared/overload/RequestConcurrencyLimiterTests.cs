using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

public sealed class RequestConcurrencyLimiterTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task EnterAsync_MoreThanRunAtOnce_TakeTurnsInOrder()
    {
        var limiter = CreateLimiter(maxRunning: 1, maxWaiting: 8);
        var first = await EnterAsync(limiter);
        var second = EnterAsync(limiter);
        var third = EnterAsync(limiter);

        Assert.Equal((1, 2), (limiter.Running, limiter.Waiting));
        first.Dispose();
        (await second).Dispose();
        (await third).Dispose();

        Assert.Equal((0, 0), (limiter.Running, limiter.Waiting));
    }

    [Fact]
    public async Task EnterAsync_FullQueue_RefusesNewcomersFirstWithTheMeasuredTime()
    {
        var limiter = CreateLimiter(maxRunning: 1, maxWaiting: 4);
        var running = await EnterAsync(limiter);
        _clock.Advance(TimeSpan.FromSeconds(2));
        running.Dispose(); // a place comes free every two seconds
        _ = await EnterAsync(limiter);
        var waiting = Enumerable.Range(0, 3).Select(_ => EnterAsync(limiter)).ToList();

        var refusal = await Assert.ThrowsAsync<MeshException>(() => EnterAsync(limiter));
        waiting.Add(EnterAsync(limiter, isRetry: true));
        var last = await Assert.ThrowsAsync<MeshException>(() => EnterAsync(limiter, isRetry: true));

        Assert.Equal((ErrorReasons.QueueFull, TimeSpan.FromSeconds(2)), (refusal.Reason, refusal.RetryAfter));
        Assert.Equal((ErrorReasons.QueueFull, TimeSpan.FromSeconds(4)), (last.Reason, last.RetryAfter));
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
    }

    [Fact]
    public async Task EnterAsync_DeadlineThatTheRateCannotMeet_IsRefusedAtOnce()
    {
        var limiter = CreateLimiter(maxRunning: 1, maxWaiting: 8);
        var running = await EnterAsync(limiter);
        _clock.Advance(TimeSpan.FromSeconds(2));
        running.Dispose();
        _ = await EnterAsync(limiter);

        var refusal = await Assert.ThrowsAsync<MeshException>(() => EnterAsync(limiter, deadline: TimeSpan.FromSeconds(1)));
        var taken = EnterAsync(limiter, deadline: TimeSpan.FromSeconds(3));

        Assert.Equal(ErrorReasons.DeadlineUnmeetable, refusal.Reason);
        Assert.False(taken.IsCompleted);
    }

    [Fact]
    public async Task EnterAsync_CancelledInTheQueue_LeavesItsPlace()
    {
        var limiter = CreateLimiter(maxRunning: 1, maxWaiting: 1);
        var running = await EnterAsync(limiter);
        using var cancel = new CancellationTokenSource();
        var gone = limiter.EnterAsync("local", 0, DateTime.MaxValue, false, cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        var next = EnterAsync(limiter);
        running.Dispose();
        (await next.WaitAsync(TimeSpan.FromSeconds(10))).Dispose();
    }

    /// <summary>Both keep their queues full, as clients do that come back at once.</summary>
    [Fact]
    public async Task EnterAsync_TenantOfWeightTwoUnderLoad_GetsTwiceTheShare()
    {
        var limiter = CreateLimiter(maxRunning: 3, maxWaiting: 100, ("b", 2));
        var done = new List<string>();
        var goOn = new SemaphoreSlim(0);

        async Task LoadAsync(string tenant)
        {
            while (done.Count < 300)
            {
                using var place = await limiter.EnterAsync(tenant, 0, DateTime.MaxValue, true, CancellationToken.None);
                await goOn.WaitAsync(TestContext.Current.CancellationToken);
                lock (done)
                    done.Add(tenant);
            }
        }

        var load = Enumerable.Range(0, 40).Select(i => LoadAsync(i < 20 ? "a" : "b")).ToList();
        while (done.Count < 300)
        {
            goOn.Release();
            await Task.Yield();
        }

        goOn.Release(1_000);
        await Task.WhenAll(load);
        var ofA = done.Take(300).Count(tenant => tenant == "a");
        Assert.InRange(ofA, 90, 110);
    }

    [Fact]
    public void EnterShare_SeveralTenants_LeaveRoomForWhoComesNext()
    {
        var limiter = CreateLimiter(maxRunning: 64, maxWaiting: 0);

        Assert.Equal([32, 16, 8, 4, 2, 1, 1], Enumerable.Range(0, 7).Select(i => EnterAll(limiter, $"tenant-{i}").Count));
        Assert.Throws<MeshException>(() => limiter.EnterShare("tenant-7"));
    }

    [Fact]
    public void EnterShare_WeightAndReleasedSlots_CountForTheTenant()
    {
        var limiter = CreateLimiter(maxRunning: 30, maxWaiting: 0, ("b", 2));
        var ofB = EnterAll(limiter, "b");
        var refusal = Assert.Throws<MeshException>(() => limiter.EnterShare("b"));

        Assert.Equal(20, ofB.Count);
        Assert.Equal(ErrorReasons.QueueFull, refusal.Reason);
        Assert.True(refusal.RetryAfter > TimeSpan.Zero);
        Assert.Equal(5, EnterAll(limiter, "a").Count);
        ofB[0].Dispose();
        ofB[0].Dispose(); // once is enough
        Assert.Equal(24, limiter.Running);
        ofB.Skip(1).ToList().ForEach(slot => slot.Dispose());
        Assert.Equal(17, EnterAll(limiter, "b").Count); // beside the 5 of a, 8 stay free
    }

    private static List<IDisposable> EnterAll(RequestConcurrencyLimiter limiter, string tenant)
    {
        var slots = new List<IDisposable>();
        try
        {
            while (slots.Count < 1_000)
                slots.Add(limiter.EnterShare(tenant));
        }
        catch (MeshException)
        {
            // its share is full
        }

        return slots;
    }

    private RequestConcurrencyLimiter CreateLimiter(int maxRunning, int maxWaiting, params (string Tenant, double Weight)[] weights) =>
        new("test", maxRunning, maxWaiting, new ConcurrencyLimiterMetrics(TestMeters.Factory), _clock,
            new TenantWeights(weights.ToDictionary(w => w.Tenant, w => w.Weight)));

    private Task<IDisposable> EnterAsync(RequestConcurrencyLimiter limiter, bool isRetry = false, TimeSpan? deadline = null) =>
        limiter.EnterAsync("local", 0, deadline is { } left ? (_clock.GetUtcNow() + left).UtcDateTime : DateTime.MaxValue, isRetry,
            CancellationToken.None).AsTask();
}
