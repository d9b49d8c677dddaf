using System.Globalization;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests;

/// <summary>Every service its own process on a free port, over one state folder.</summary>
internal sealed class SeparateMesh : IAsyncDisposable
{
    private static readonly string[] _services = ["Report", "Diffusion", "Curation", "Balancer", "Trainer", "Evaluator"];
    private readonly Dictionary<string, int> _ports = _services.ToDictionary(s => s, _ => SyncxrProcess.FreePort());
    private readonly Dictionary<string, SyncxrProcess> _processes = [];
    private readonly Dictionary<string, GrpcChannel> _channels = [];

    public static async Task<SeparateMesh> StartAsync(string state)
    {
        var mesh = new SeparateMesh();
        var peers = _services.Select(s => $"--Peers:{s.ToLowerInvariant()}={mesh.Address(s)}").ToList();
        foreach (var service in _services)
        {
            mesh._processes[service] = SyncxrProcess.Service(
                service,
                [
                    string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={mesh._ports[service]}"),
                    string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={SyncxrProcess.FreePort()}"),
                    .. Folders(service, state),
                    .. peers,
                ]);
        }

        await mesh.WaitUntilReadyAsync();
        return mesh;
    }

    /// <summary>The settings of a service that name a folder; it refuses those of the others.</summary>
    private static string[] Folders(string service, string state) => service switch
    {
        "Balancer" => [$"--Storage:Root={state}", $"--Balancer:StateFolder={state}"],
        "Diffusion" or "Curation" => [$"--Storage:Root={state}"],
        "Evaluator" => [$"--Storage:Root={state}", $"--Evaluator:StateFolder={state}"],
        "Trainer" => [$"--Trainer:StateFolder={state}"],
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

    private string Address(string service) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[service]}");

    private async Task WaitUntilReadyAsync()
    {
        foreach (var (name, process) in _processes)
            await Channel(name).ConnectUntilServingAsync(() => process.HasExited, () => $"{name}:\n{process.Output}\n{process.Error}");
    }
}
