using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Overload;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

public sealed class AdaptiveConcurrencyLimiterTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Leave_FullQueue_CutsTheLimitOncePerRound()
    {
        var pace = new AdaptiveConcurrencyLimiter(100);
        var round = await EnterAsync(pace, 20);

        foreach (var turn in round.Take(10))
            pace.Leave(turn, full: true);

        Assert.Equal(14, pace.Limit); // 20 were under way; the other nine refusals are of the same round
    }

    [Fact]
    public async Task Leave_Answers_RaiseTheLimitByOneARound()
    {
        var pace = new AdaptiveConcurrencyLimiter(100);
        foreach (var turn in await EnterAsync(pace, 10))
            pace.Leave(turn, full: true);
        Assert.Equal(7, pace.Limit);

        foreach (var turn in await EnterAsync(pace, 7))
            pace.Leave(turn, full: false);
        foreach (var turn in await EnterAsync(pace, 1))
            pace.Leave(turn, full: false);

        Assert.Equal(8, pace.Limit);
    }

    [Fact]
    public async Task EnterAsync_AtTheLimit_WaitsForAPlaceInOrder()
    {
        var pace = new AdaptiveConcurrencyLimiter(1);
        var first = await pace.EnterAsync(null, _clock, CancellationToken.None);
        var second = pace.EnterAsync(null, _clock, CancellationToken.None);
        var third = pace.EnterAsync(null, _clock, CancellationToken.None);

        pace.Leave(first, full: false);

        pace.Leave(await second.WaitAsync(TimeSpan.FromSeconds(10)), full: false);
        await third.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task EnterAsync_DeadlineOrCancellationInTheWait_GivesThePlaceToTheNext()
    {
        var pace = new AdaptiveConcurrencyLimiter(1);
        var first = await pace.EnterAsync(null, _clock, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var late = pace.EnterAsync(_clock.GetUtcNow().UtcDateTime.AddSeconds(1), _clock, CancellationToken.None);
        var gone = pace.EnterAsync(null, _clock, cancel.Token);
        var next = pace.EnterAsync(null, _clock, CancellationToken.None);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await cancel.CancelAsync();

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => late)).StatusCode);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        pace.Leave(first, full: false);
        await next.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private async Task<List<long>> EnterAsync(AdaptiveConcurrencyLimiter pace, int calls)
    {
        var turns = new List<long>();
        for (var i = 0; i < calls; i++)
            turns.Add(await pace.EnterAsync(null, _clock, CancellationToken.None));
        return turns;
    }
}
