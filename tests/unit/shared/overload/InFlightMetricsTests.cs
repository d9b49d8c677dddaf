using System.Diagnostics.Metrics;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

/// <summary>What waits and runs is counted whichever way it comes and goes: replicas are added and taken away by it.</summary>
public sealed class InFlightMetricsTests : IDisposable
{
    private readonly MeterListener _listener = new();
    private int _inFlight;

    public InFlightMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name is "syncxr.admission.in_flight" or "syncxr.batcher.in_flight")
                self.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((_, change, tags, _) =>
        {
            if (tags[0].Value as string == "in-flight-test")
                Interlocked.Add(ref _inFlight, change);
        });
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Limiter_CallsThatRunWaitAndLeave_AreCounted()
    {
        var limiter = new RequestConcurrencyLimiter(
            "in-flight-test", 1, 8, new ConcurrencyLimiterMetrics(TestMeters.Factory), TimeProvider.System);
        using var cancel = new CancellationTokenSource();
        var first = await limiter.EnterAsync("local", 0, DateTime.MaxValue, false, CancellationToken.None);
        var second = limiter.EnterAsync("local", 0, DateTime.MaxValue, false, CancellationToken.None).AsTask();
        var third = limiter.EnterAsync("local", 0, DateTime.MaxValue, false, cancel.Token).AsTask();
        Assert.Equal(3, Volatile.Read(ref _inFlight));

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        Assert.Equal(2, Volatile.Read(ref _inFlight));

        first.Dispose();
        Assert.Equal(1, Volatile.Read(ref _inFlight));
        (await second).Dispose();
        Assert.Equal(0, Volatile.Read(ref _inFlight));
    }

    [Fact]
    public async Task Batcher_RowsThatRunAndWait_AreCountedUntilTheyEnd()
    {
        using var started = new SemaphoreSlim(0);
        using var turns = new SemaphoreSlim(0);
        var batcher = new Batcher<int, int>(new BatcherOptions("in-flight-test") { MaxBatch = 1 }, async (rows, token) =>
        {
            started.Release();
            await turns.WaitAsync(token);
            rows[0].Complete(1);
        }, new BatcherMetrics(TestMeters.Factory), TimeProvider.System);
        var first = batcher.Admit(0, new BatchRowOptions());
        await started.WaitAsync();
        var second = batcher.Admit(0, new BatchRowOptions());
        Assert.Equal(2, Volatile.Read(ref _inFlight));

        turns.Release();
        await first.Completion;
        await started.WaitAsync(); // the second is in its turn: the first has left
        Assert.Equal(1, Volatile.Read(ref _inFlight));

        await batcher.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => second.Completion);
        Assert.Equal(0, Volatile.Read(ref _inFlight));
    }
}
