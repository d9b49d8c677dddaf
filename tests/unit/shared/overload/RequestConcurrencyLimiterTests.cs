using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

public sealed class RequestConcurrencyLimiterTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task EnterAsync_MoreThanRunAtOnce_TakeTurnsInOrder()
    {
        var admission = new RequestConcurrencyLimiter("test", 1, 8, _clock);
        var first = await EnterAsync(admission);
        var second = EnterAsync(admission);
        var third = EnterAsync(admission);

        Assert.Equal((1, 2), (admission.Running, admission.Waiting));
        first.Dispose();
        (await second).Dispose();
        (await third).Dispose();

        Assert.Equal((0, 0), (admission.Running, admission.Waiting));
    }

    [Fact]
    public async Task EnterAsync_FullQueue_RefusesNewcomersFirstWithTheMeasuredTime()
    {
        var admission = new RequestConcurrencyLimiter("test", 1, 4, _clock);
        var running = await EnterAsync(admission);
        _clock.Advance(TimeSpan.FromSeconds(2));
        running.Dispose(); // a place comes free every two seconds
        _ = await EnterAsync(admission);
        var waiting = Enumerable.Range(0, 3).Select(_ => EnterAsync(admission)).ToList();

        var refusal = await Assert.ThrowsAsync<MeshException>(() => EnterAsync(admission));
        waiting.Add(EnterAsync(admission, returning: true));
        var last = await Assert.ThrowsAsync<MeshException>(() => EnterAsync(admission, returning: true));

        Assert.Equal((ErrorReasons.QueueFull, TimeSpan.FromSeconds(2)), (refusal.Reason, refusal.RetryAfter));
        Assert.Equal((ErrorReasons.QueueFull, TimeSpan.FromSeconds(4)), (last.Reason, last.RetryAfter));
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
    }

    [Fact]
    public async Task EnterAsync_DeadlineThatTheRateCannotMeet_IsRefusedAtOnce()
    {
        var admission = new RequestConcurrencyLimiter("test", 1, 8, _clock);
        var running = await EnterAsync(admission);
        _clock.Advance(TimeSpan.FromSeconds(2));
        running.Dispose();
        _ = await EnterAsync(admission);

        var refusal = await Assert.ThrowsAsync<MeshException>(() => EnterAsync(admission, deadline: TimeSpan.FromSeconds(1)));
        var taken = EnterAsync(admission, deadline: TimeSpan.FromSeconds(3));

        Assert.Equal(ErrorReasons.DeadlineUnmeetable, refusal.Reason);
        Assert.False(taken.IsCompleted);
    }

    [Fact]
    public async Task EnterAsync_CancelledInTheQueue_LeavesItsPlace()
    {
        var admission = new RequestConcurrencyLimiter("test", 1, 1, _clock);
        var running = await EnterAsync(admission);
        using var cancel = new CancellationTokenSource();
        var gone = admission.EnterAsync(DateTime.MaxValue, false, cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        var next = EnterAsync(admission);
        running.Dispose();
        (await next.WaitAsync(TimeSpan.FromSeconds(10))).Dispose();
    }

    private Task<IDisposable> EnterAsync(RequestConcurrencyLimiter admission, bool returning = false, TimeSpan? deadline = null) =>
        admission.EnterAsync(deadline is { } left ? (_clock.GetUtcNow() + left).UtcDateTime : DateTime.MaxValue, returning,
            CancellationToken.None).AsTask();
}
