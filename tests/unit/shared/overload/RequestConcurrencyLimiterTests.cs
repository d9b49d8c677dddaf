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

    private RequestConcurrencyLimiter CreateLimiter(int maxRunning, int maxWaiting) =>
        new("test", maxRunning, maxWaiting, new ConcurrencyLimiterMetrics(TestMeters.Factory), _clock);

    private Task<IDisposable> EnterAsync(RequestConcurrencyLimiter limiter, bool isRetry = false, TimeSpan? deadline = null) =>
        limiter.EnterAsync("local", 0, deadline is { } left ? (_clock.GetUtcNow() + left).UtcDateTime : DateTime.MaxValue, isRetry,
            CancellationToken.None).AsTask();
}
