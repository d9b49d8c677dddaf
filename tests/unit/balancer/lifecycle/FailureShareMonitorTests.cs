using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Balancer.Lifecycle;

namespace SynCxr.Mesh.Balancer.Tests.Lifecycle;

public sealed class FailureShareMonitorTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly FailureShareMonitor _failures;

    public FailureShareMonitorTests() => _failures = new FailureShareMonitor(
        Options.Create(new Balancer.BalancerOptions { FailureShare = 0.4, FailureWindow = TimeSpan.FromMinutes(10) }), _clock);

    [Fact]
    public void RecordFailure_ManyAtOnce_SayNothingBeforeTheWindowIsOver()
    {
        for (var i = 0; i < 1000; i++)
            Assert.Null(_failures.RecordFailure("d"));

        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Null(_failures.RecordFailure("d"));
    }

    [Fact]
    public void RecordFailure_WindowOfMoreThanTheShare_IsReported()
    {
        var share = FailTwiceAMinute(minutes: 11, successes: 1);

        Assert.NotNull(share);
        Assert.InRange(share.Failures, FailureShareMonitor.LeastFailures, 22);
        Assert.True(share.Failures > 0.4 * share.Tries);
    }

    [Fact]
    public void RecordFailure_WindowOfLessThanTheShare_IsNot() => Assert.Null(FailTwiceAMinute(minutes: 30, successes: 3));

    [Fact]
    public void RecordFailure_FewInAWindow_AreNot()
    {
        for (var i = 0; i < 60; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Null(_failures.RecordFailure("d"));
        }
    }

    [Fact]
    public void Forget_AfterAPause_CountsAnew()
    {
        Assert.NotNull(FailTwiceAMinute(minutes: 11, successes: 0));

        _failures.Forget("d");

        Assert.Null(_failures.RecordFailure("d"));
    }

    private FailureShare? FailTwiceAMinute(int minutes, int successes)
    {
        FailureShare? last = null;
        for (var i = 0; i < minutes * 2; i++)
        {
            for (var done = 0; done < successes; done++)
                _failures.RecordSuccess("d");
            _clock.Advance(TimeSpan.FromSeconds(30));
            last = _failures.RecordFailure("d");
        }

        return last;
    }
}
