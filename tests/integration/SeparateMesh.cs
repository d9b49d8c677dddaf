using System.Globalization;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests;

/// <summary>Every service its own process on a free port: over one state folder, or on servers and with two balancers, each with a folder of its own.</summary>
internal sealed class SeparateMesh : IAsyncDisposable
{
    private static readonly string[] _services = ["Report", "Diffusion", "Curation", "Balancer", "Trainer", "Evaluator"];
    private readonly Dictionary<string, int> _ports;
    private readonly Dictionary<string, SyncxrProcess> _processes = [];
    private readonly Dictionary<string, GrpcChannel> _channels = [];

    private SeparateMesh(IEnumerable<string> processes) => _ports = processes.ToDictionary(s => s, _ => SyncxrProcess.FreePort());

    public static Task<SeparateMesh> StartAsync(string state) => StartAsync(_services, name => Folders(name, state));

    /// <param name="servers">Settings of a database, a broker and an object store.</param>
    public static Task<SeparateMesh> StartAsync(string state, IReadOnlyDictionary<string, string> servers) =>
        StartAsync([.. _services, "Balancer/2"], name => Folders(name, Path.Combine(state, name)).Concat(OnServers(name, servers)));

    private static async Task<SeparateMesh> StartAsync(string[] names, Func<string, IEnumerable<string>> settings)
    {
        var mesh = new SeparateMesh(names);
        var peers = _services.Select(s => $"--Peers:{s.ToLowerInvariant()}={mesh.Address(s)}").ToList();
        foreach (var name in names)
        {
            mesh._processes[name] = SyncxrProcess.Service(
                name.Split('/')[0],
                [
                    string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={mesh._ports[name]}"),
                    string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={SyncxrProcess.FreePort()}"),
                    .. settings(name),
                    .. peers,
                ]);
        }

        await mesh.WaitUntilReadyAsync();
        return mesh;
    }

    /// <summary>The settings of a service that name a folder; it refuses those of the others.</summary>
    private static string[] Folders(string name, string state) => name.Split('/')[0] switch
    {
        "Balancer" => [$"--Storage:Root={state}", $"--Balancer:StateFolder={state}"],
        "Diffusion" or "Curation" => [$"--Storage:Root={state}"],
        "Evaluator" => [$"--Storage:Root={state}", $"--Evaluator:StateFolder={state}"],
        "Trainer" => [$"--Trainer:StateFolder={state}"],
        _ => [],
    };

    private static IEnumerable<string> OnServers(string name, IReadOnlyDictionary<string, string> servers) => name.Split('/')[0] switch
    {
        "Balancer" => servers.Select(s => $"--{s.Key}={s.Value}"),
        "Diffusion" or "Curation" or "Evaluator" => servers.Where(s => s.Key.StartsWith("Storage:", StringComparison.Ordinal)).Select(s => $"--{s.Key}={s.Value}"),
        _ => [],
    };

    public GrpcChannel Channel(string service)
    {
        if (!_channels.TryGetValue(service, out var channel))
            _channels[service] = channel = GrpcChannel.ForAddress(Address(service));
        return channel;
    }

    /// <summary>SIGTERM to each; fails unless each ends by itself with 0.</summary>
    public async Task DrainAllAsync()
    {
        foreach (var (name, process) in _processes)
            Assert.True(await process.TerminateAsync() == 0, $"{name} did not drain:\n{process.Output}\n{process.Error}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.Values)
            channel.Dispose();
        foreach (var process in _processes.Values)
            await process.DisposeAsync();
    }

    public string Address(string service) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[service]}");

    private async Task WaitUntilReadyAsync()
    {
        foreach (var (name, process) in _processes)
            await Channel(name).ConnectUntilServingAsync(() => process.HasExited, () => $"{name}:\n{process.Output}\n{process.Error}");
    }
}
