using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Balancer;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Objects;

using Xunit;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>A balancer and its four peers, each over real gRPC on loopback, on one state folder. More balancers may join.</summary>
internal sealed class BalancerTestMesh : IAsyncDisposable
{
    private readonly string _peers;
    private readonly WebApplication? _peersApp;
    private readonly WebApplication _balancer;
    private readonly ServiceProvider _clients;

    private BalancerTestMesh(string peers, WebApplication? peersApp, WebApplication balancer, ServiceProvider clients)
    {
        _peers = peers;
        _peersApp = peersApp;
        _balancer = balancer;
        _clients = clients;
    }

    public Dataset.V1.DatasetService.DatasetServiceClient Datasets =>
        _clients.GetRequiredService<Dataset.V1.DatasetService.DatasetServiceClient>();

    public Balancer.V1.BalancerService.BalancerServiceClient Balancer =>
        _clients.GetRequiredService<Balancer.V1.BalancerService.BalancerServiceClient>();

    public T GetClient<T>()
        where T : notnull => _clients.GetRequiredService<T>();

    public required PairDelayLog Delays { get; init; }

    public IServiceProvider Services => _balancer.Services;

    /// <summary>The balancer's gRPC address.</summary>
    public string Address => MeshHost.Addresses(_balancer)[0];

    /// <summary>
    /// A fresh state folder, in memory where the system has such a thing: what is tested is not the disk. Deleted when the test process
    /// ends.
    /// </summary>
    public static string CreateStateFolder()
    {
        var folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"syncxr-balancer-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    public static async Task<BalancerTestMesh> StartAsync(string state, PeerOptions settings,
        Action<IBusRegistrationConfigurator>? bus = null, params string[] options)
    {
        var app = await StartPeersAsync(state, settings, options);
        return await StartBalancerAsync(state, MeshHost.Addresses(app)[0], app, bus, options);
    }

    /// <summary>The four peers alone, on one address.</summary>
    public static async Task<WebApplication> StartPeersAsync(string state, PeerOptions settings, params string[] options)
    {
        var peers = MeshHost.CreateBuilder(
            [.. CommonSettings(state), .. options.Where(o => o.StartsWith("--Storage:", StringComparison.Ordinal))], "gateway");
        peers.Logging.ClearProviders();
        peers.AddObjectStore();
        peers.Services.AddSingleton(settings);
        var app = peers.BuildMesh();
        app.MapMeshDefaults();
        app.MapGrpcService<ReportPeer>();
        app.MapGrpcService<DiffusionPeer>();
        app.MapGrpcService<CurationPeer>();
        app.MapGrpcService<TrainerPeer>();
        await app.StartAsync();
        return app;
    }

    /// <summary>Another balancer on the same peers; with a state folder of its own it shares only what the options name.</summary>
    public Task<BalancerTestMesh> JoinAsync(string state, Action<IBusRegistrationConfigurator>? bus = null, params string[] options) =>
        StartBalancerAsync(state, _peers, null, bus, options);

    private static string[] CommonSettings(string state) =>
        ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Mesh:DrainLimit=00:00:00", $"--Storage:Root={state}"];

    private static async Task<BalancerTestMesh> StartBalancerAsync(
        string state, string peers, WebApplication? peersApp, Action<IBusRegistrationConfigurator>? bus, string[] options)
    {
        var builder = MeshHost.CreateBuilder(
            [
                .. CommonSettings(state), $"--Balancer:StateFolder={state}", "--Balancer:ReconcileEvery=00:00:00.100",
                "--Balancer:RetryAfter=00:00:00.020",
                $"--Peers:report={peers}", $"--Peers:diffusion={peers}", $"--Peers:curation={peers}", $"--Peers:trainer={peers}",
                .. options,
            ],
            "balancer");
        var delays = new PairDelayLog();
        builder.Logging.ClearProviders().AddProvider(delays);
        builder.AddBalancer();
        if (bus is not null)
            builder.AddMeshBus(bus);
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapBalancer();
        await app.StartAsync();
        await WaitUntilReadyAsync(app);

        var own = MeshHost.Addresses(app)[0];
        var clients = MeshHost.CreateBuilder([$"--Peers:balancer={own}", $"--Peers:report={peers}", $"--Peers:diffusion={peers}"],
            "gateway");
        clients.Logging.ClearProviders();
        clients.AddMeshClient<Dataset.V1.DatasetService.DatasetServiceClient>("balancer");
        clients.AddMeshClient<Balancer.V1.BalancerService.BalancerServiceClient>("balancer");
        clients.AddMeshClient<Report.V1.ReportService.ReportServiceClient>("report");
        clients.AddMeshClient<Diffusion.V1.DiffusionService.DiffusionServiceClient>("diffusion");
        return new BalancerTestMesh(peers, peersApp, app, clients.Services.BuildServiceProvider()) { Delays = delays };
    }

    public static DatasetSpec CreateSpec(long pairs = 24, ulong seed = 7) => new()
    {
        Pairs = pairs,
        Seed = seed,
        ShardSize = 10,
        Draw = new SamplingSpec { FindingsPerSet = 2, AnatomyPerSet = 1 },
    };

    public async Task<ImageReportDataset> CreateAsync(DatasetSpec spec) =>
        (await Datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec })).Dataset;

    /// <summary>Watches until <paramref name="until"/> holds, or the data set has ended or is paused.</summary>
    public async Task<ImageReportDataset> WatchAsync(string name, Func<ImageReportDataset, bool>? until = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var call = Datasets.WatchDataset(new WatchDatasetRequest { Name = name }, cancellationToken: limit.Token);
        ImageReportDataset? last = null;
        while (await call.ResponseStream.MoveNext(limit.Token))
        {
            last = call.ResponseStream.Current.Dataset;
            if ((until is not null && until(last)) || last.State == DatasetState.Paused)
                return last;
        }

        return last!;
    }

    /// <summary>A paused data set goes on; what it is then.</summary>
    public async Task<ImageReportDataset> ResumeAsync(string name, string requestId = "") =>
        (await Datasets.ResumeDatasetAsync(new ResumeDatasetRequest { Name = name, RequestId = requestId })).Dataset;

    /// <summary>The data set as it is now.</summary>
    public async Task<ImageReportDataset> GetAsync(string name) =>
        (await Datasets.GetDatasetAsync(new GetDatasetRequest { Name = name })).Dataset;

    /// <summary>The rows of the balancer.</summary>
    public BalancerDb OpenRows() => Services.GetRequiredService<MeshDatabase<BalancerDb>>().CreateContext();

    public async ValueTask DisposeAsync()
    {
        await _balancer.StopAsync();
        await _balancer.DisposeAsync();
        if (_peersApp is not null)
        {
            await _peersApp.StopAsync();
            await _peersApp.DisposeAsync();
        }

        await _clients.DisposeAsync();
    }

    private static async Task WaitUntilReadyAsync(WebApplication app)
    {
        var health = app.Services.GetRequiredService<HealthCheckService>();
        for (var i = 0; (await health.CheckHealthAsync(c => c.Tags.Contains("ready"))).Status != HealthStatus.Healthy; i++)
        {
            Assert.True(i < 500, "the balancer does not become ready");
            await Task.Delay(20);
        }
    }
}
