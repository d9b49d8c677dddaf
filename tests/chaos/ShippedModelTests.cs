using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>
/// The shipped models: their bytes must not depend on which replica rendered or judged an image, or which images shared its batch.
/// </summary>
public sealed class ShippedModelTests(ServersFixture servers)
{
    [Fact]
    public async Task Kill_OneReplicaOfEachServiceInTurn_SealsTheSameRoot()
    {
        if (!servers.AreAvailable())
            return;
        var schedule = new FaultSchedule("real models");
        var spec = new DatasetSpec { Pairs = 24, Seed = 7, Preset = "demo", ShardSize = 10 };
        await using var mesh = await ChaosMesh.StartAsync(await servers.CreateSettingsAsync(), spec, "Diffusion:Threads=1",
            "Curation:Threads=1");
        var name = await mesh.CreateAsync();

        foreach (var (turn, service) in schedule.Shuffle([.. ChaosMesh.Services]).Index())
        {
            await mesh.WaitUntilRenderedAsync(name, 1 + (turn * 4));
            mesh.Kill(service, schedule.NextBetween(1, 2));
        }

        await mesh.AssertUndisturbedAsync(name);
    }
}
