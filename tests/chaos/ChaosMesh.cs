using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>
/// <c>syncxr mesh up --replicas 2</c> on the private servers, and what an undisturbed run of its spec gives: the root from one process, the
/// rows from this mesh. Its client knows both gateways, as any client of two replicas does.
/// </summary>
internal sealed class ChaosMesh : IAsyncDisposable
{
    private readonly MeshUpProcess _mesh;
    private readonly HashSet<int> _killed = [];
    private readonly ServiceProvider _clients;
    private readonly DatasetSpec _spec;
    private string[] _undisturbed = [];

    private ChaosMesh(MeshUpProcess mesh, string[] servers, DatasetSpec spec)
    {
        (_mesh, Servers, _spec, Rows) = (mesh, servers, spec, new BalancerRowWatcher(servers));
        var doors = string.Join(',', mesh.Replicas.Where(r => r.Service == "gateway").Select(r => r.Grpc));
        var clients = MeshHost.CreateBuilder([$"--Peers:balancer={doors}"], "gateway");
        clients.Logging.ClearProviders();
        clients.AddMeshClient<DatasetService.DatasetServiceClient>("balancer");
        _clients = clients.Services.BuildServiceProvider();
    }

    public static IReadOnlyList<string> Services { get; } = ["gateway", "balancer", "report", "diffusion", "curation"];

    public string[] Servers { get; }

    public BalancerRowWatcher Rows { get; }

    private DatasetService.DatasetServiceClient Datasets => _clients.GetRequiredService<DatasetService.DatasetServiceClient>();

    public static async Task<ChaosMesh> StartAsync(string[] servers, DatasetSpec spec, params string[] settings)
    {
        string[] engines = [.. settings.Where(s => s.StartsWith("Diffusion:", StringComparison.Ordinal))];
        var root = await RootOfOneProcessAsync(spec, engines);
        string[] all =
        [
            .. servers.Select(s => s.TrimStart('-')), .. settings,
            "Balancer:Concurrency=4", "Balancer:OverdueAfter=00:00:15", "Balancer:ReconcileEvery=00:00:01",
            "Balancer:SealingLease=00:00:05",
        ];
        var mesh = new ChaosMesh(await MeshUpProcess.StartAsync(["--replicas", "2", .. ToSetOptions(all)]), servers, spec);
        try
        {
            var name = await mesh.CreateAsync();
            await mesh.Rows.WaitUntilSealedAsync(name);
            mesh._undisturbed = await mesh.Rows.ReadLedgerAsync(name);
            Assert.Contains(root, mesh._undisturbed[0], StringComparison.Ordinal);
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates the data set through a gateway.</summary>
    public async Task<string> CreateAsync() =>
        (await Datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = _spec, RequestId = Guid.NewGuid().ToString() })).Dataset.Name;

    /// <summary>
    /// Creates it on a mesh that is whole, and comes back when so many of its images are there and others still are to come.
    /// </summary>
    public async Task<string> CreateUntilRenderedAsync(int images)
    {
        await WaitUntilReadyAsync();
        var name = await CreateAsync();
        await WaitUntilRenderedAsync(name, images);
        return name;
    }

    public Task WaitUntilRenderedAsync(string name, int images) =>
        Rows.WaitWhileAssemblingAsync(name, pairs => pairs.Count(p => p.Stage >= PairStage.Rendered) >= images);

    /// <summary>Sends SIGKILL, so that the process can't clean up. <c>mesh up</c> starts it again.</summary>
    public void Kill(string service, int number)
    {
        var replica = _mesh.Replicas.Single(r => r.Service == service && r.Number == number);
        using var process = Process.GetProcessById(replica.Pid);
        process.Kill();
        _killed.Add(replica.Pid);
    }

    /// <summary>Waits for the seal, reads the data set through a gateway, and compares root and rows with the undisturbed run.</summary>
    public async Task AssertUndisturbedAsync(string name)
    {
        await Rows.WaitUntilSealedAsync(name);
        Assert.Equal(_undisturbed, await Rows.ReadLedgerAsync(name));
        var told = (await Datasets.GetDatasetAsync(new GetDatasetRequest { Name = name })).Dataset;
        Assert.Equal((DatasetState.Sealed, _spec.Pairs), (told.State, told.Counts.Accepted));
        Assert.Contains(told.Root, _undisturbed[0], StringComparison.Ordinal);
    }

    /// <summary>Waits until every replica is ready and every killed one was started again.</summary>
    public Task WaitUntilReadyAsync() =>
        _mesh.WaitUntilAsync(() => _mesh.Replicas.All(r => r.State == "ready" && !_killed.Contains(r.Pid)));

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _clients.DisposeAsync();
    }

    private static async Task<string> RootOfOneProcessAsync(DatasetSpec spec, string[] settings)
    {
        using var scratch = new ScratchFolder();
        await File.WriteAllTextAsync(scratch["spec.yaml"], ProtoYaml.Write(spec));
        var (code, result, error) = await SyncxrProcess.RunJsonAsync(
            ["dataset", "create", "-f", scratch["spec.yaml"], "--watch", "--state", scratch["alone"], .. ToSetOptions(settings)]);
        Assert.True(code == 0, error);
        return result.GetProperty("root").GetString()!;
    }

    private static IEnumerable<string> ToSetOptions(IEnumerable<string> settings) => settings.SelectMany(s => new[] { "--set", s });
}
