using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Hosting.Replicas;
using SynCxr.Mesh.Overload;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Replicas;

/// <summary>What goes wrong in a lookup is said, and the next lookup comes.</summary>
public sealed class ReplicaSetTests
{
    private static readonly TimeSpan _healthLimit = TimeSpan.FromSeconds(5);
    private static readonly Uri _first = new("http://127.0.0.1:1");
    private static readonly Uri _second = new("http://127.0.0.1:2");

    [Fact]
    public async Task Refresh_UnexpectedException_IsLoggedWithItsTraceAndTheNextRefreshFindsTheChange()
    {
        var (settings, log, clock) = (new ScriptedSettings { Report = _first.ToString() }, new RecordingLogger(), new FakeTimeProvider());
        using var set = new ReplicaSet(new ConfigurationRoot([settings]), "report", new AdaptiveConcurrencyLimiter(1, clock), _healthLimit,
            clock, log);
        await using var follow = set.WatchUsableAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        await follow.MoveNextAsync();

        settings.Failure = new InvalidOperationException("nobody thought of this");
        await UntilAsync(clock, () => log.AtLevel(LogLevel.Error).Count() >= 2);
        (settings.Report, settings.Failure) = (_second.ToString(), null);
        var next = follow.MoveNextAsync().AsTask();
        await UntilAsync(clock, () => next.IsCompleted);

        Assert.Equal([_second], follow.Current);
        Assert.All(log.AtLevel(LogLevel.Error), line => Assert.IsType<InvalidOperationException>(line.Exception));
    }

    [Fact]
    public async Task Refresh_InvalidSetting_IsOneWarningAndTheLastReplicasStay()
    {
        var (settings, log, clock) = (new ScriptedSettings { Report = _first.ToString() }, new RecordingLogger(), new FakeTimeProvider());
        using var set = new ReplicaSet(new ConfigurationRoot([settings]), "report", new AdaptiveConcurrencyLimiter(1, clock), _healthLimit,
            clock, log);
        await using var follow = set.WatchUsableAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        await follow.MoveNextAsync();
        var next = follow.MoveNextAsync().AsTask();

        settings.Report = "nonsense";
        var reads = settings.Reads;
        await UntilAsync(clock, () => settings.Reads > reads + 2);

        Assert.Contains("nonsense", Assert.Single(log.AtLevel(LogLevel.Warning)).Text, StringComparison.Ordinal);
        Assert.Empty(log.AtLevel(LogLevel.Error));
        Assert.False(next.IsCompleted);
        settings.Report = _second.ToString();
        await UntilAsync(clock, () => next.IsCompleted);
    }

    [Fact]
    public async Task WatchUsable_FirstRefreshFails_AnswersWithNoReplicas()
    {
        var (settings, log, clock) = (new ScriptedSettings { Report = _first.ToString() }, new RecordingLogger(), new FakeTimeProvider());
        settings.FailsAfter = 1; // the constructor reads once
        using var set = new ReplicaSet(new ConfigurationRoot([settings]), "report", new AdaptiveConcurrencyLimiter(1, clock), _healthLimit,
            clock, log);
        await using var follow = set.WatchUsableAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();

        await follow.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.Empty(follow.Current);
        Assert.Single(log.AtLevel(LogLevel.Error));
    }

    private static async Task UntilAsync(FakeTimeProvider clock, Func<bool> holds)
    {
        for (var real = Stopwatch.StartNew(); !holds(); await Task.Delay(5))
        {
            Assert.True(real.Elapsed < TimeSpan.FromSeconds(20), "did not come to hold");
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private sealed class ScriptedSettings : ConfigurationProvider
    {
        private int _reads;

        public int Reads => _reads;

        public string Report { get; set; } = "";

        public Exception? Failure { get; set; }

        public int FailsAfter { get; set; } = int.MaxValue;

        public override bool TryGet(string key, out string? value)
        {
            value = Report;
            if (Failure is not null || Interlocked.Increment(ref _reads) > FailsAfter)
                throw Failure ?? new InvalidOperationException("nobody thought of this");
            return key == "Peers:report";
        }
    }

    private sealed class RecordingLogger : ILogger
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Text, Exception? Exception)> _lines = [];

        public IEnumerable<(LogLevel Level, string Text, Exception? Exception)> AtLevel(LogLevel level) =>
            _lines.Where(l => l.Level == level);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue((logLevel, formatter(state, exception), exception));
    }
}
