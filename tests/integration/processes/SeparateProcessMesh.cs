using System.Globalization;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>
/// A mesh of processes without <c>syncxr mesh</c>: every service once, on one state folder; or with two balancers on servers, each process
/// with its own folder; or one service twice behind a gateway.
/// </summary>
internal sealed class SeparateProcessMesh : IAsyncDisposable
{
    private static readonly string[] _services = ["Report", "Diffusion", "Curation", "Balancer", "Trainer", "Evaluator"];
    private readonly Dictionary<string, (int Grpc, int Json)> _ports;
    private readonly Dictionary<string, SyncxrProcess> _processes = [];
    private readonly Dictionary<string, GrpcChannel> _channels = [];

    private SeparateProcessMesh(IEnumerable<string> processes) =>
        _ports = processes.ToDictionary(s => s, _ => (TestPort.Reserve(), TestPort.Reserve()));

    public static Task<SeparateProcessMesh> StartAsync(string state) => StartAsync(_services, name => FolderSettings(name, state));

    /// <param name="servers">Settings of a database, a broker and an object store.</param>
    public static Task<SeparateProcessMesh> StartAsync(string state, IReadOnlyDictionary<string, string> servers) =>
        StartAsync([.. _services, "Balancer/2"],
            name => FolderSettings(name, Path.Combine(state, name)).Concat(ServerSettings(name, servers)));

    /// <summary>
    /// Starts two replicas of one service, which share nothing, behind a gateway. An image takes three seconds, longer than a draining
    /// replica accepts new calls.
    /// </summary>
    public static Task<SeparateProcessMesh> StartTwoReplicasAsync(string state, string service) => StartAsync(
        [service, service + "/2", "Gateway"],
        name => [.. FolderSettings(name, Path.Combine(state, name)),
            .. name.StartsWith("Diffusion", StringComparison.Ordinal)
                ? ["--Diffusion:Engine=fixed-cost", "--Diffusion:FixedCost=00:00:03"] : Array.Empty<string>()]);

    private static async Task<SeparateProcessMesh> StartAsync(string[] names, Func<string, IEnumerable<string>> settings)
    {
        var mesh = new SeparateProcessMesh(names);
        foreach (var name in names)
        {
            mesh._processes[name] = SyncxrProcess.StartService(
                name.Split('/')[0],
                [
                    string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={mesh._ports[name].Grpc}"),
                    string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={mesh._ports[name].Json}"),
                    .. settings(name),
                    .. mesh.PeerSettings,
                ]);
        }

        try
        {
            await mesh.WaitUntilReadyAsync();
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync(); // else the processes would outlive the tests
            throw;
        }
    }

    /// <summary>The settings of a service that name folders. It refuses those of other services.</summary>
    private static string[] FolderSettings(string name, string state) => name.Split('/')[0] switch
    {
        "Balancer" => [$"--Storage:Root={state}", $"--Balancer:StateFolder={state}"],
        "Diffusion" or "Curation" => [$"--Storage:Root={state}"],
        "Evaluator" => [$"--Storage:Root={state}", $"--Evaluator:StateFolder={state}", "--Data:TakePaths=true"],
        "Trainer" => [$"--Trainer:StateFolder={state}", "--Data:TakePaths=true"],
        _ => [],
    };

    private static IEnumerable<string> ServerSettings(string name, IReadOnlyDictionary<string, string> servers)
    {
        string[] sections = name.Split('/')[0] switch
        {
            "Balancer" => ["Balancer", "Mesh", "RabbitMq", "Storage"],
            "Trainer" => ["Trainer", "Mesh", "RabbitMq"],
            "Evaluator" => ["Evaluator", "Mesh", "RabbitMq", "Storage"],
            "Diffusion" or "Curation" => ["Storage"],
            _ => [],
        };
        return servers.Where(s => sections.Contains(s.Key.Split(':')[0])).Select(s => $"--{s.Key}={s.Value}");
    }

    public GrpcChannel Channel(string service)
    {
        if (!_channels.TryGetValue(service, out var channel))
            _channels[service] = channel = GrpcChannel.ForAddress(Address(service));
        return channel;
    }

    /// <summary>The addresses of all replicas, as settings.</summary>
    public IReadOnlyList<string> PeerSettings =>
        [.. _ports.Keys.Where(name => name != "Gateway").GroupBy(name => name.Split('/')[0],
            (service, names) => $"--Peers:{service.ToLowerInvariant()}={string.Join(',', names.Select(Address))}")];

    /// <summary>Sends SIGTERM; fails unless the process then ends with 0.</summary>
    public async Task DrainAsync(string name)
    {
        var process = _processes[name];
        Assert.True(await process.TerminateAsync() == 0, $"{name} did not drain:\n{process.Output}\n{process.Error}");
    }

    /// <summary>Drains every process.</summary>
    public async Task DrainAllAsync()
    {
        foreach (var name in _processes.Keys)
            await DrainAsync(name);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.Values)
            channel.Dispose();
        foreach (var process in _processes.Values)
            await process.DisposeAsync();
    }

    public string Address(string service) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[service].Grpc}");

    public string JsonAddress(string service) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[service].Json}");

    private async Task WaitUntilReadyAsync()
    {
        foreach (var (name, process) in _processes)
            await Channel(name).ConnectUntilServingAsync(() => process.HasExited, () => $"{name}:\n{process.Output}\n{process.Error}");
    }
}
