using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Hosting;

namespace SynCxr.Mesh.Gateway.Tests;

/// <summary>The gateway in this process, in front of report and balancer services that a test plays.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayServer(WebApplication app) => _app = app;

    public string Grpc => MeshHost.Addresses(_app)[0].TrimEnd('/');

    public string Json => MeshHost.Addresses(_app)[1].TrimEnd('/');

    /// <param name="grpc">Address of the replica of both services.</param>
    /// <param name="json">Address of its JSON port.</param>
    /// <param name="clock">Null for the system's.</param>
    public static async Task<GatewayServer> StartAsync(string grpc, string json, TimeProvider? clock = null, params string[] settings)
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Logging:LogLevel:Default=None", $"--Peers:report={grpc}",
                $"--Peers:report-json={json}", $"--Peers:balancer={grpc}", $"--Peers:balancer-json={json}", .. settings], "gateway");
        if (clock is not null)
            builder.Services.AddSingleton(clock);
        builder.AddGateway();
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapGateway();
        await app.StartAsync();
        return new GatewayServer(app);
    }

    public static string LimitSetting(TimeSpan limit) => $"--Gateway:AnswerLimit={limit.ToString("c", CultureInfo.InvariantCulture)}";

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
