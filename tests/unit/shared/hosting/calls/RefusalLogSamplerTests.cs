using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Hosting.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Calls;

public sealed class RefusalLogSamplerTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void TryTakeLine_ManyOfOneReason_TakesAFewAndSaysLaterHowManyWereLeftOut()
    {
        var sampler = new RefusalLogSampler(_clock);

        var taken = Enumerable.Range(0, 100_000).Count(_ => sampler.TryTakeLine("INVALID_FIELD", out var _));
        _clock.Advance(RefusalLogSampler.Window);
        var goesOn = sampler.TryTakeLine("INVALID_FIELD", out var left);

        Assert.Equal(RefusalLogSampler.LinesPerWindow, taken);
        Assert.True(goesOn);
        Assert.Equal(100_000 - RefusalLogSampler.LinesPerWindow, left);
        Assert.True(sampler.TryTakeLine("INVALID_FIELD", out left));
        Assert.Equal(0, left);
    }

    [Fact]
    public void TryTakeLine_AnotherReason_HasLinesOfItsOwn()
    {
        var sampler = new RefusalLogSampler(_clock);
        for (var i = 0; i < 1000; i++)
            sampler.TryTakeLine("INVALID_FIELD", out _);

        Assert.False(sampler.TryTakeLine("INVALID_FIELD", out _));
        Assert.True(sampler.TryTakeLine("NOT_FOUND", out _));
    }
}
