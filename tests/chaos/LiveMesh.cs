using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Servers.Tests;
using SynCxr.Mesh.Storage.Json;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>A replica as <c>mesh up</c> writes it down.</summary>
internal sealed record ReplicaLine(string Service, int Number, int Pid, string Grpc, string State, int Restarts);

/// <summary>
/// <c>syncxr mesh up --replicas 2</c> on the private servers, and what an undisturbed run of its spec gives: the root from one process, the
/// rows from this mesh. Its client knows both gateways, as any client of two replicas does.
/// </summary>
internal sealed class LiveMesh : IAsyncDisposable
{
    private readonly Scratch _scratch;
    private readonly SyncxrProcess _process;
    private readonly HashSet<int> _killed = [];
    private readonly ServiceProvider _clients;
    private readonly DatasetSpec _spec;
    private string[] _undisturbed = [];

    private LiveMesh(Scratch scratch, SyncxrProcess process, string[] servers, DatasetSpec spec)
    {
        (_scratch, _process, Servers, _spec, Rows) = (scratch, process, servers, spec, new RowWatch(servers));
        var doors = string.Join(',', Replicas.Where(r => r.Service == "gateway").Select(r => r.Grpc));
        var clients = MeshHost.CreateBuilder([$"--Peers:balancer={doors}"], "gateway");
        clients.Logging.ClearProviders();
        clients.AddMeshClient<DatasetService.DatasetServiceClient>("balancer");
        _clients = clients.Services.BuildServiceProvider();
    }

    public static IReadOnlyList<string> Services { get; } = ["gateway", "balancer", "report", "diffusion", "curation"];

    public string[] Servers { get; }

    public RowWatch Rows { get; }

    private DatasetService.DatasetServiceClient Datasets => _clients.GetRequiredService<DatasetService.DatasetServiceClient>();

    private string State => _scratch["state"];

    private ReplicaLine[] Replicas =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(State, "mesh", "state.json"))).RootElement.GetProperty("replicas").Deserialize<ReplicaLine[]>(JsonSerializerOptions.Web)!;

    public static async Task<LiveMesh> StartAsync(string[] servers, DatasetSpec spec, params string[] settings)
    {
        var scratch = new Scratch();
        string[] engines = [.. settings.Where(s => s.StartsWith("Diffusion:", StringComparison.Ordinal))];
        var root = await RootOfOneProcessAsync(scratch, spec, engines);
        string[] all =
        [
            .. servers.Select(s => s.TrimStart('-')), .. settings,
            "Balancer:Concurrency=4", "Balancer:OverdueAfter=00:00:15", "Balancer:ReconcileEvery=00:00:01", "Balancer:SealingLease=00:00:05",
        ];
        var process = SyncxrProcess.Command(["mesh", "up", "--json", "--replicas", "2", "--state", scratch["state"], .. Given(all)]);
        while (!process.Output.Contains('{', StringComparison.Ordinal))
        {
            Assert.False(process.HasExited, process.Output + process.Error);
            await Task.Delay(100);
        }

        var mesh = new LiveMesh(scratch, process, servers, spec);
        var name = await mesh.CreateAsync();
        await mesh.Rows.SealedAsync(name);
        mesh._undisturbed = await mesh.Rows.LedgerAsync(name);
        Assert.Contains(root, mesh._undisturbed[0], StringComparison.Ordinal);
        return mesh;
    }

    /// <summary>Creates the data set through a gateway.</summary>
    public async Task<string> CreateAsync() =>
        (await Datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = _spec, RequestId = Guid.NewGuid().ToString() })).Dataset.Name;

    /// <summary>Creates it on a mesh that is whole, and comes back when so many of its images are there and others still are to come.</summary>
    public async Task<string> CreateUntilDrawnAsync(int images)
    {
        await WholeAsync();
        var name = await CreateAsync();
        await UntilDrawnAsync(name, images);
        return name;
    }

    public Task UntilDrawnAsync(string name, int images) => Rows.InWorkAsync(name, pairs => pairs.Count(p => p.Stage >= PairStage.Drawn) >= images);

    /// <summary>SIGKILL: nothing of it gets a turn. <c>mesh up</c> starts it again.</summary>
    public void Kill(string service, int number)
    {
        var replica = Replicas.Single(r => r.Service == service && r.Number == number);
        using var process = Process.GetProcessById(replica.Pid);
        process.Kill();
        _killed.Add(replica.Pid);
    }

    /// <summary>Waits for the seal, asks a gateway for it, and holds root and rows against those of the undisturbed run.</summary>
    public async Task AssertUndisturbedAsync(string name)
    {
        await Rows.SealedAsync(name);
        Assert.Equal(_undisturbed, await Rows.LedgerAsync(name));
        var told = (await Datasets.GetDatasetAsync(new GetDatasetRequest { Name = name })).Dataset;
        Assert.Equal((DatasetState.Sealed, _spec.Pairs), (told.State, told.Progress.Accepted));
        Assert.Contains(told.Root, _undisturbed[0], StringComparison.Ordinal);
    }

    /// <summary>Waits until every replica is ready and none of them is one that was killed.</summary>
    public async Task WholeAsync()
    {
        while (Replicas is var replicas && replicas.Any(r => r.State != "ready" || _killed.Contains(r.Pid)))
        {
            Assert.False(_process.HasExited, _process.Output + _process.Error);
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.SignalAsync("INT");
        await _process.WaitAsync();
        await _process.DisposeAsync();
        await _clients.DisposeAsync();
        _scratch.Dispose();
    }

    private static async Task<string> RootOfOneProcessAsync(Scratch scratch, DatasetSpec spec, string[] settings)
    {
        var file = scratch["spec.yaml"];
        await File.WriteAllTextAsync(file, ProtoYaml.Write(spec));
        var (code, result, error) = await SyncxrProcess.RunJsonAsync(["dataset", "create", "-f", file, "--watch", "--state", scratch["alone"], .. Given(settings)]);
        Assert.True(code == 0, error);
        return result.GetProperty("root").GetString()!;
    }

    private static IEnumerable<string> Given(IEnumerable<string> settings) => settings.SelectMany(s => new[] { "--set", s });
}
