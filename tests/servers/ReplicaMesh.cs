using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Balancer.Tests.Peers;
using SynCxr.Mesh.Database;
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
        var first = await TestMesh.StartAsync(TestMesh.CreateStateFolder(), settings, bus, all);
        return new ReplicaMesh(first, await first.JoinAsync(TestMesh.CreateStateFolder(), bus, all));
    }

    /// <summary>The same spec in one process, on a file and with messages in memory: the root, and what is in the rows.</summary>
    public static async Task<(ImageReportDataset Dataset, string[] Ledger)> RunStandaloneAsync(PeerSettings settings)
    {
        await using var mesh = await TestMesh.StartAsync(TestMesh.CreateStateFolder(), settings);
        var done = await WaitUntilSealedAsync(mesh, (await mesh.CreateAsync(TestMesh.CreateSpec())).Name);
        await using var db = mesh.Services.GetRequiredService<RowStore<BalancerDb>>().CreateContext();
        return (done, await Ledger.ReadAsync(db, done.Name));
    }

    public static async Task<ImageReportDataset> WaitUntilSealedAsync(TestMesh mesh, string name)
    {
        var done = await mesh.WatchAsync(name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Error} {done.Progress}");
        return done;
    }

    public BalancerDb OpenRows() => First.Services.GetRequiredService<RowStore<BalancerDb>>().CreateContext();

    public async Task<string[]> ReadLedgerAsync(string dataset)
    {
        await using var db = OpenRows();
        return await Ledger.ReadAsync(db, dataset);
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
