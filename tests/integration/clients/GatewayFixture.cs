using System.Globalization;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>The gateway in a process of its own, in front of a report service that runs and a diffusion service that does not.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private readonly List<SyncxrProcess> _processes = [];

    /// <summary>Channel to the gateway's gRPC port.</summary>
    public GrpcChannel Channel { get; private set; } = null!;

    /// <summary>Address of its port for JSON and gRPC-Web.</summary>
    public string Json { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var (report, reportJson) = Start("Report");
        var (gateway, json) = Start(
            "Gateway", $"--Peers:report={report}", $"--Peers:report-json={reportJson}",
            $"--Peers:diffusion={Url(TestPort.Reserve())}", $"--Peers:diffusion-json={Url(TestPort.Reserve())}");
        (Channel, Json) = (GrpcChannel.ForAddress(gateway), json);
        using var direct = GrpcChannel.ForAddress(report);
        foreach (var channel in new[] { direct, Channel })
            await channel.ConnectUntilServingAsync(() => _processes.Exists(p => p.HasExited),
                () => string.Join('\n', _processes.Select(p => p.Output + p.Error)));
    }

    public async ValueTask DisposeAsync()
    {
        Channel?.Dispose(); // null where the processes did not start
        foreach (var process in _processes)
            await process.DisposeAsync();
    }

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private (string Grpc, string Json) Start(string service, params string[] settings)
    {
        var (grpc, json) = (TestPort.Reserve(), TestPort.Reserve());
        _processes.Add(SyncxrProcess.StartService(
            service,
            [string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={grpc}"),
                string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={json}"), .. settings]));
        return (Url(grpc), Url(json));
    }
}
