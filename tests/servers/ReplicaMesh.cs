using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Balancer.Tests.Peers;
using SynCxr.Mesh.Dataset.V1;

namespace SynCxr.Mesh.Servers.Tests;

/// <summary>Two balancers on PostgreSQL, RabbitMQ and S3; each has a state folder of its own, so nothing else is shared.</summary>
internal sealed class ReplicaMesh : IAsyncDisposable
{
    private ReplicaMesh(TestMesh first, TestMesh second) => (First, Second) = (first, second);

    /// <summary>Has the peers too: it is the last to stop.</summary>
    public TestMesh First { get; }

    public TestMesh Second { get; }

    public static async Task<ReplicaMesh> StartAsync(string[] servers, PeerSettings settings, Action<IBusRegistrationConfigurator>? bus = null, params string[] options)
    {
        string[] all = [.. servers, "--Balancer:Concurrency=4", .. options];
        var first = await TestMesh.StartAsync(TestMesh.NewState(), settings, bus, all);
        return new ReplicaMesh(first, await first.JoinAsync(TestMesh.NewState(), bus, all));
    }

    /// <summary>The root of the same spec in one process, on a file and with messages in memory.</summary>
    public static async Task<ImageReportDataset> StandaloneAsync(PeerSettings settings)
    {
        await using var mesh = await TestMesh.StartAsync(TestMesh.NewState(), settings);
        return await SealedAsync(mesh, (await mesh.CreateAsync(TestMesh.Spec())).Name);
    }

    public static async Task<ImageReportDataset> SealedAsync(TestMesh mesh, string name)
    {
        var done = await mesh.WatchAsync(name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Error} {done.Progress}");
        return done;
    }

    public BalancerDb Rows() => First.Services.GetRequiredService<RowStore>().Read();

    /// <summary>Every index once, every attempt before the accepted one refused once: nothing lost, nothing doubled.</summary>
    public async Task AssertNothingLostOrDoubledAsync(ImageReportDataset dataset)
    {
        var id = dataset.Name["datasets/".Length..];
        await using var db = Rows();
        var pairs = await db.Pairs.Where(p => p.Dataset == id).OrderBy(p => p.Index).ToListAsync();
        Assert.Equal(Enumerable.Range(0, (int)dataset.Spec.Pairs).Select(i => (long)i), pairs.Select(p => p.Index));
        Assert.All(pairs, p => Assert.Equal(PairStage.Accepted, p.Stage));
        Assert.Equal(pairs.Sum(p => p.Attempt), await db.Rejects.CountAsync(r => r.Dataset == id));
    }

    /// <summary>Reads every file through a balancer, as <c>dataset export</c> does, and checks the copy.</summary>
    public static async Task<VerifyResult> ExportAsync(TestMesh mesh, string name, string into)
    {
        foreach (var file in (await mesh.Datasets.ListDatasetFilesAsync(new ListDatasetFilesRequest { Name = name })).Files)
        {
            var path = Path.Combine(into, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var copy = File.Create(path);
            using var read = mesh.Datasets.ReadDatasetFile(new ReadDatasetFileRequest { Name = name, Path = file.Path });
            while (await read.ResponseStream.MoveNext(CancellationToken.None))
                await copy.WriteAsync(read.ResponseStream.Current.Data.Memory);
        }

        return await SealedFolder.VerifyAsync(into, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
    }
}
