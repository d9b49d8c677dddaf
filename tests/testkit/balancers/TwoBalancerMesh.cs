using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;
using Xunit;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>Two balancers on PostgreSQL, RabbitMQ and S3; each has a state folder of its own, so nothing else is shared.</summary>
internal sealed class TwoBalancerMesh : IAsyncDisposable
{
    private TwoBalancerMesh(BalancerTestMesh first, BalancerTestMesh second) => (First, Second) = (first, second);

    /// <summary>Has the peers too: it is the last to stop.</summary>
    public BalancerTestMesh First { get; }

    public BalancerTestMesh Second { get; }

    public static async Task<TwoBalancerMesh> StartAsync(string[] servers, PeerOptions settings,
        Action<IBusRegistrationConfigurator>? bus = null, params string[] options)
    {
        string[] all = [.. servers, "--Balancer:Concurrency=4", .. options];
        var first = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings, bus, all);
        return new TwoBalancerMesh(first, await first.JoinAsync(BalancerTestMesh.CreateStateFolder(), bus, all));
    }

    /// <summary>The same spec in one process, on a file and with messages in memory: the root, and what is in the rows.</summary>
    public static async Task<(ImageReportDataset Dataset, string[] Ledger)> RunStandaloneAsync(PeerOptions settings)
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var done = await WaitUntilSealedAsync(mesh, (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);
        await using var db = mesh.Services.GetRequiredService<MeshDatabase<BalancerDb>>().CreateContext();
        return (done, await DatasetLedger.ReadAsync(db, done.Name));
    }

    public static async Task<ImageReportDataset> WaitUntilSealedAsync(BalancerTestMesh mesh, string name)
    {
        var done = await mesh.WatchAsync(name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Failure} {done.Counts}");
        return done;
    }

    public BalancerDb OpenRows() => First.Services.GetRequiredService<MeshDatabase<BalancerDb>>().CreateContext();

    public async Task<string[]> ReadLedgerAsync(string dataset)
    {
        await using var db = OpenRows();
        return await DatasetLedger.ReadAsync(db, dataset);
    }

    /// <summary>Reads every file through a balancer, as <c>dataset export</c> does, and checks the copy.</summary>
    public static async Task<VerificationResult> ExportAsync(BalancerTestMesh mesh, string name, string into)
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

        return await SealedDatasetVerifier.VerifyAsync(into, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
    }
}
