using SynCxr.Mesh.Balancer.Rows;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>What the dropped messages are made up by: with the reconciler switched off, they are lost pairs.</summary>
public sealed class ReconcilerTests(Servers.Tests.Servers servers)
{
    private const string Overdue = "--Balancer:OverdueAfter=00:00:12";

    [Fact]
    public async Task Drop_OneMessageInTenReconcilerOff_StandsStillUntilSomebodyLooks()
    {
        if (!servers.AreThere())
            return;
        await using var balancer = await LoneBalancer.OnAsync(await servers.FreshAsync());
        await balancer.StartAsync(Overdue, "--Balancer:ReconcileEvery=00:10:00");
        var unlucky = new Schedule("drop alone").Between(0, 9);
        string? name;
        await using (var relay = await Relay.StartAsync(balancer.Servers, n => n % 10 == unlucky ? 0 : 1))
        {
            name = await balancer.CreateAsync(Guid.NewGuid().ToString());
            Assert.NotNull(name);
            await balancer.Rows.InWorkAsync(name, pairs => pairs.Count(p => p.Stage >= PairStage.Judged) == 24 - (relay.Seen - relay.Passed) && relay.Seen == 24);
            // Long past the time when they were overdue: nobody looks.
            await Task.Delay(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
            var left = await balancer.Rows.InWorkAsync(name, _ => true);
            Assert.Equal(relay.Seen - relay.Passed, left.Count(p => p is { Stage: PairStage.Planned, Version: 0 }));
        }

        balancer.Process.Kill();
        await balancer.StartAsync(Overdue, "--Balancer:ReconcileEvery=00:00:00.200");
        await balancer.Rows.SealedAsync(name);
        Assert.Equal(balancer.Undisturbed, await balancer.Rows.LedgerAsync(name));
    }
}
