using System.Diagnostics;
using SynCxr.Mesh.Testkit.Load;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>
/// Replicas are added and killed while the client that the services use for each other calls them.
/// </summary>
[Trait("Kind", "Timing")]
public sealed class ReplicaTurnoverTests(ITestOutputHelper output)
{
    private const string BatcherTurnsMetric = "syncxr_batcher_turn_seconds_count";
    private static readonly TimeSpan _newReplicaLimit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Replica_AddedUnderLoadThenTheOldOneKilled_GetsWorkInTenSecondsAndFailsNoCall()
    {
        await using var old = await DiffusionReplicaProcess.StartAsync();
        var address = DiffusionReplicaProcess.FreeAddress();
        await using var callers = new ClosedLoopLoadGenerator([old.Address, address], 24);
        await WaitUntilAsync(() => Task.FromResult(callers.CompletedCalls > 16), TimeSpan.FromMinutes(1));

        await using var added = await DiffusionReplicaProcess.StartAtAsync(address);
        using var http = new HttpClient();
        var clock = Stopwatch.StartNew();
        await WaitUntilAsync(async () => (await MetricsPage.ReadAsync(http, added.JsonAddress)).Sum(BatcherTurnsMetric) > 0,
            _newReplicaLimit);
        output.WriteLine($"work after {clock.Elapsed.TotalSeconds:F1} s");

        old.Process.Kill();
        var done = callers.CompletedCalls;
        await WaitUntilAsync(() => Task.FromResult(callers.CompletedCalls > done + 48), TimeSpan.FromMinutes(1));

        await callers.StopAsync();
        Assert.True(callers.Failures.IsEmpty,
            $"{callers.Failures.Count} of {callers.CompletedCalls + callers.Failures.Count} calls failed: "
                + $"{callers.Failures.FirstOrDefault()}");
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> holds, TimeSpan limit)
    {
        for (var clock = Stopwatch.StartNew(); !await holds(); await Task.Delay(100))
            Assert.True(clock.Elapsed < limit, $"not within {limit}");
    }
}
