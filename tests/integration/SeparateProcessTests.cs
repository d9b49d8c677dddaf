using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests;

/// <summary>Report, diffusion and curation reached over gRPC in processes of their own: the same data set as in one process.</summary>
public sealed class SeparateProcessTests(Demo demo)
{
    [Fact]
    public async Task Dataset_EveryServiceItsOwnProcess_HasTheRootOfTheDemoAndDrains()
    {
        using var scratch = new Scratch();
        await using var mesh = await SeparateMesh.StartAsync(scratch.Path);
        var client = new DatasetService.DatasetServiceClient(mesh.Channel("Balancer"));
        var spec = new DatasetSpec { Pairs = Demo.Pairs, Seed = 1, Preset = "demo" };

        var last = (await client.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec, RequestId = "separate" })).Dataset;
        using var watch = client.WatchDataset(new WatchDatasetRequest { Name = last.Name }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5));
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            last = answer.Dataset;

        Assert.Equal(DatasetState.Sealed, last.State);
        Assert.Equal(demo.Root, last.Root);
        await mesh.DrainAllAsync();
    }
}
