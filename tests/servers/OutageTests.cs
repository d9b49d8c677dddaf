using SynCxr.Mesh.Balancer.Tests.Peers;

namespace SynCxr.Mesh.Servers.Tests;

/// <summary>Each of the servers is away for ten seconds while pairs are in work: nothing is lost or doubled, the root does not change, the processes live.</summary>
public sealed class OutageTests(Servers servers)
{
    private static readonly TimeSpan _away = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("postgres")]
    [InlineData("rabbitmq")]
    [InlineData("s3")]
    public async Task CreateDataset_ServerStoppedForTenSeconds_SealsTheSameRoot(string server)
    {
        if (!servers.AreThere())
            return;
        var (alone, ledger) = await ReplicaMesh.StandaloneAsync(new PeerSettings { Looks = 60 });
        var settings = new PeerSettings { Looks = 60, Jitter = 60 };
        await using var mesh = await ReplicaMesh.StartAsync(await servers.FreshAsync(), settings, null, "--Balancer:OverdueAfter=00:00:20");
        var name = (await mesh.First.CreateAsync(TestMesh.Spec())).Name;
        await mesh.First.WatchAsync(name, _ => settings.Calls > 15);

        await servers.StopAsync(server);
        try
        {
            await Task.Delay(_away);
        }
        finally
        {
            await servers.StartAsync(server);
        }

        var done = await ReplicaMesh.SealedAsync(mesh.First, name);
        Assert.Equal(alone.Root, done.Root);
        Assert.Equal(alone.Progress.Rejected, done.Progress.Rejected);
        Assert.Equal(ledger, await mesh.LedgerAsync(done.Name));
    }
}
