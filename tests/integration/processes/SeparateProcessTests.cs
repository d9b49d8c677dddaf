using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>Services in processes of their own make the same data set as in one process.</summary>
public sealed class SeparateProcessTests(DemoFixture demo)
{
    [Fact]
    public async Task Dataset_EveryServiceItsOwnProcess_HasTheRootOfTheDemoAndDrains()
    {
        using var scratch = new ScratchFolder();
        await using var mesh = await SeparateProcessMesh.StartAsync(scratch.Path);

        var last = await SealAsync(mesh, "Balancer");

        Assert.Equal(DatasetState.Sealed, last.State);
        Assert.Equal(demo.Root, last.Root);
        await mesh.DrainAllAsync();
    }

    [Fact]
    public async Task Dataset_TwoBalancersOnPostgresRabbitMqAndS3_HasTheRootOfTheDemo()
    {
        await using var servers = await PrivateServers.StartAsync();
        if (!servers.AreAvailable())
            return;
        using var scratch = new ScratchFolder();
        await using var mesh = await SeparateProcessMesh.StartAsync(scratch.Path, servers.Settings);

        var last = await SealAsync(mesh, "Balancer/2");

        Assert.True(last.State == DatasetState.Sealed, last.Failure?.Message);
        Assert.Equal(demo.Root, last.Root);
        Assert.StartsWith("s3://", last.Location, StringComparison.Ordinal);
        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "export", last.Name, scratch["copy"], "--mesh",
            mesh.Address("Balancer"));
        Assert.True(code == 0, error);
        (code, _, error) = await SyncxrProcess.RunAsync("dataset", "verify", scratch["copy"]);
        Assert.True(code == 0, error);
        await mesh.DrainAllAsync();
    }

    /// <summary>Creates a data set at the first balancer and watches it at another.</summary>
    private static async Task<ImageReportDataset> SealAsync(SeparateProcessMesh mesh, string watched)
    {
        var client = new DatasetService.DatasetServiceClient(mesh.Channel("Balancer"));
        var spec = new DatasetSpec { Pairs = DemoFixture.Pairs, Seed = 1, Preset = "demo" };
        var last = (await client.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec, RequestId = "separate" })).Dataset;
        using var watch = new DatasetService.DatasetServiceClient(mesh.Channel(watched))
            .WatchDataset(new WatchDatasetRequest { Name = last.Name },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5));
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            last = answer.Dataset;
        return last;
    }
}
