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
        var limiter = new AdaptiveConcurrencyLimiter(100, TimeProvider.System);
        var round = await EnterAsync(limiter, 20);

        foreach (var turn in round.Take(10))
            limiter.Leave(turn, wasTooMuch: true);

        Assert.Equal(14, limiter.Limit); // 20 were under way; the other nine refusals are of the same round
    }

    [Fact]
    public async Task Leave_Answers_RaiseTheLimitByOneARound()
    {
        var limiter = new AdaptiveConcurrencyLimiter(100, TimeProvider.System);
        foreach (var turn in await EnterAsync(limiter, 10))
            limiter.Leave(turn, wasTooMuch: true);
        Assert.Equal(7, limiter.Limit);

        foreach (var turn in await EnterAsync(limiter, 7))
            limiter.Leave(turn, wasTooMuch: false);
        foreach (var turn in await EnterAsync(limiter, 1))
            limiter.Leave(turn, wasTooMuch: false);

        Assert.Equal(8, limiter.Limit);
    }

    [Fact]
    public async Task EnterAsync_AtTheLimit_WaitsForAPlaceInOrder()
    {
        var limiter = new AdaptiveConcurrencyLimiter(1, _clock);
        var first = await limiter.EnterAsync("local", null, CancellationToken.None);
        var second = limiter.EnterAsync("local", null, CancellationToken.None);
        var third = limiter.EnterAsync("local", null, CancellationToken.None);

        limiter.Leave(first, wasTooMuch: false);

        limiter.Leave(await second.WaitAsync(TimeSpan.FromSeconds(10)), wasTooMuch: false);
        await third.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task EnterAsync_SeveralTenants_TakeTurns()
    {
        var limiter = new AdaptiveConcurrencyLimiter(1, _clock);
        var order = new List<string>();
        var first = await limiter.EnterAsync("a", null, CancellationToken.None);
        var waiting = new[] { "a", "a", "a", "b" }.Select(CallAsync).ToList();

        limiter.Leave(first, wasTooMuch: false);
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.Equal(["a", "b", "a", "a"], order);

        async Task CallAsync(string tenant)
        {
            var round = await limiter.EnterAsync(tenant, null, CancellationToken.None);
            order.Add(tenant);
            limiter.Leave(round, wasTooMuch: false);
        }
    }

    [Fact]
    public async Task EnterAsync_DeadlineOrCancellationInTheWait_GivesThePlaceToTheNext()
    {
        var limiter = new AdaptiveConcurrencyLimiter(1, _clock);
        var first = await limiter.EnterAsync("local", null, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var late = limiter.EnterAsync("local", _clock.GetUtcNow().UtcDateTime.AddSeconds(1), CancellationToken.None);
        var gone = limiter.EnterAsync("local", null, cancel.Token);
        var next = limiter.EnterAsync("local", null, CancellationToken.None);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await cancel.CancelAsync();

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => late)).StatusCode);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        limiter.Leave(first, wasTooMuch: false);
        await next.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static async Task<List<long>> EnterAsync(AdaptiveConcurrencyLimiter limiter, int calls)
    {
        var turns = new List<long>();
        for (var i = 0; i < calls; i++)
            turns.Add(await limiter.EnterAsync("local", null, CancellationToken.None));
        return turns;
    }
}
