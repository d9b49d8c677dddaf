using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>The reconciler is what replaces dropped messages: with it switched off, their pairs are never assembled.</summary>
public sealed class ReconcilerTests(ServersFixture servers)
{
    private const int QuietPolls = 60; // polls without a change: six seconds, for a run that takes three

    [Fact]
    public async Task Drop_OneMessageInTenReconcilerOff_Stalls()
    {
        if (!servers.AreAvailable())
            return;
        await using var balancer = await BalancerProcess.CreateMeshAsync(await servers.CreateSettingsAsync());
        await balancer.StartAsync("--Balancer:OverdueAfter=01:00:00", "--Balancer:ReconcileEvery=00:10:00");
        var unlucky = new FaultSchedule("drop alone").NextBetween(0, 9);
        await using var relay = await MessageRelay.StartAsync(balancer.Servers, n => n % 10 == unlucky ? 0 : 1);

        var name = await balancer.CreateAsync(Guid.NewGuid().ToString());
        Assert.NotNull(name);
        await balancer.Rows.WaitWhileAssemblingAsync(name, pairs => pairs.Any(p => p.Stage >= PairStage.Judged));
        var (last, same) = (-1, 0);
        IReadOnlyList<PairRow> left = [];
        while (same < QuietPolls)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            left = await balancer.Rows.WaitWhileAssemblingAsync(name, _ => true); // fails once the data set is sealed
            var commits = left.Sum(p => p.Version);
            (last, same) = (commits, commits == last ? same + 1 : 0);
        }

        Assert.True(relay.Seen - relay.Delivered >= 2, $"{relay.Seen - relay.Delivered} of {relay.Seen} messages were lost");
        Assert.Contains(left, p => p is { Stage: PairStage.Planned, Version: 0 }); // its message was dropped
    }
}
