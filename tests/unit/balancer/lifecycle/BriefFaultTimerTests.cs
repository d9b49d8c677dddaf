using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Balancer.Lifecycle;

namespace SynCxr.Mesh.Balancer.Tests.Lifecycle;

/// <summary>How long a service may give nothing but brief faults.</summary>
public sealed class BriefFaultTimerTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);
    private readonly FakeTimeProvider _clock = new();
    private readonly BriefFaultTimer _timer;

    public BriefFaultTimerTests() =>
        _timer = new BriefFaultTimer(Options.Create(new Balancer.BalancerOptions { UnauthenticatedLimit = _limit }), _clock);

    [Fact]
    public void RecordFault_NothingElseForTheLimit_IsOver()
    {
        Assert.False(_timer.RecordFault("one", "report"));
        _clock.Advance(_limit - TimeSpan.FromSeconds(1));
        Assert.False(_timer.RecordFault("one", "report"));
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(_timer.RecordFault("one", "report"));
        Assert.False(_timer.RecordFault("one", "diffusion"));
        Assert.False(_timer.RecordFault("two", "report"));
    }

    [Fact]
    public void Reset_ServiceThatAnswered_BeginsAnewForItAlone()
    {
        _timer.RecordFault("one", "report");
        _timer.RecordFault("one", "diffusion");
        _clock.Advance(_limit);

        _timer.Reset("one", "report");

        Assert.False(_timer.RecordFault("one", "report"));
        Assert.True(_timer.RecordFault("one", "diffusion"));
    }

    [Fact]
    public void Forget_DatasetThatStopped_BeginsAnewForAllOfItsServices()
    {
        _timer.RecordFault("one", "report");
        _timer.RecordFault("one", "diffusion");
        _timer.RecordFault("two", "report");
        _clock.Advance(_limit);

        _timer.Forget("one");

        Assert.False(_timer.RecordFault("one", "report"));
        Assert.False(_timer.RecordFault("one", "diffusion"));
        Assert.True(_timer.RecordFault("two", "report"));
    }
}
