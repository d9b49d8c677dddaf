using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Overload;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

public sealed class RetryAfterPolicyTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Next_CrowdRefusedAtOnce_EachIsPromisedAPlaceOfItsOwn()
    {
        var pushBack = new RetryAfterPolicy(_clock);

        var waits = Enumerable.Range(0, 4).Select(_ => Next(pushBack).TotalSeconds);

        Assert.Equal([1, 1.5, 2, 2.5], waits);
    }

    [Fact]
    public void Next_AfterAPause_StartsAtTheNextFreePlace()
    {
        var pushBack = new RetryAfterPolicy(_clock);
        Next(pushBack);
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(TimeSpan.FromSeconds(1), Next(pushBack));
    }

    [Fact]
    public void Next_LongerThanAWholeQueue_IsSpreadOverItsSecondHalf()
    {
        var pushBack = new RetryAfterPolicy(_clock);
        while (Next(pushBack) < TimeSpan.FromSeconds(8))
            continue;

        var waits = Enumerable.Range(0, 100).Select(_ => Next(pushBack).TotalSeconds).ToList();

        Assert.All(waits, w => Assert.InRange(w, 4, 8));
        for (var second = 4; second < 8; second++)
            Assert.InRange(waits.Count(w => w >= second && w < second + 1), 20, 30);
    }

    private static TimeSpan Next(RetryAfterPolicy pushBack) =>
        pushBack.Next(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8));
}
