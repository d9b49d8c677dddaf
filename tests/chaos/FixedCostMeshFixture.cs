using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>A mesh whose engine only waits (<c>fixed-cost</c>), started once for all tests of the collection.</summary>
public sealed class FixedCostMeshFixture(ServersFixture servers) : IAsyncLifetime
{
    public const string Collection = "fixed-cost";

    /// <summary>Null where the servers can't be started; a line on the console says why.</summary>
    internal ChaosMesh? Mesh { get; private set; }

    internal ServersFixture Servers => servers;

    public async ValueTask InitializeAsync()
    {
        if (!servers.AreAvailable())
            return;
        var spec = new DatasetSpec
        {
            Pairs = 24,
            Seed = 7,
            Preset = "demo",
            ShardSize = 10,
            Curation = new CurationSettings { AcceptAll = true },
        };
        Mesh = await ChaosMesh.StartAsync(await servers.CreateSettingsAsync(), spec, "Diffusion:Engine=fixed-cost",
            "Diffusion:FixedCost=00:00:00.800");
    }

    public ValueTask DisposeAsync() => Mesh?.DisposeAsync() ?? ValueTask.CompletedTask;
}

[CollectionDefinition(FixedCostMeshFixture.Collection)]
public sealed class FixedCostCollection : ICollectionFixture<FixedCostMeshFixture>;
