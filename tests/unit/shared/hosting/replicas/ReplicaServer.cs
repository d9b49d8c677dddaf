using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Replicas;

/// <summary>A real server on loopback that can be made unready, full, slow, or be stopped and started again on its port.</summary>
internal sealed class ReplicaServer : IAsyncDisposable
{
    private readonly string[] _settings;
    private WebApplication _app = null!;

    private ReplicaServer(string[] settings) => _settings = settings;

    public int Port { get; } = TestPort.Reserve();

    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    public string JsonAddress => MeshHost.Addresses(_app)[1];

    public SwitchableReportService Service { get; } = new();

    public static async Task<ReplicaServer> StartAsync(params string[] settings)
    {
        var server = new ReplicaServer(settings);
        await server.RestartAsync();
        return server;
    }

    public async Task RestartAsync()
    {
        var builder = MeshHost.CreateBuilder(
            [string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={Port}"), "--Mesh:JsonPort=0", "--Logging:LogLevel:Default=Warning",
                .. _settings], "report");
        builder.Services.AddSingleton(Service);
        builder.Services.AddHealthChecks()
            .AddCheck("switch", () => Service.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(), ["ready"]);
        _app = builder.BuildMesh();
        _app.MapMeshDefaults();
        _app.MapGrpcService<SwitchableReportService>();
        await _app.StartAsync();
    }

    /// <summary>As SIGTERM does it.</summary>
    public async Task StopAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    internal sealed class SwitchableReportService : ReportService.ReportServiceBase
    {
        private int _calls;

        public int Calls => _calls;

        public volatile bool IsReady = true;

        /// <summary>Calls wait for it.</summary>
        public TaskCompletionSource? Gate { get; set; }

        /// <summary>What a call takes.</summary>
        public TimeSpan Delay { get; set; }

        /// <summary>Answers no call but refuses it with this push-back.</summary>
        public TimeSpan? RetryAfter { get; set; }

        public ConcurrentBag<string> Connections { get; } = [];

        public ConcurrentBag<string?> PreviousAttempts { get; } = [];

        public override async Task<ExtractEntitiesResponse> ExtractEntities(ExtractEntitiesRequest request, ServerCallContext context)
        {
            Interlocked.Increment(ref _calls);
            Connections.Add(context.GetHttpContext().Connection.Id);
            PreviousAttempts.Add(context.RequestHeaders.GetValue("grpc-previous-rpc-attempts"));
            if (RetryAfter is { } wait)
                throw MeshException.QueueFull("test", wait);
            await Task.Delay(Delay, context.CancellationToken);
            if (Gate is not null)
                await Gate.Task.WaitAsync(context.CancellationToken);
            return new ExtractEntitiesResponse();
        }

        public override async Task GenerateReport(GenerateReportRequest request, IServerStreamWriter<GenerateReportResponse> responseStream,
            ServerCallContext context)
        {
            Interlocked.Increment(ref _calls);
            await responseStream.WriteAsync(new GenerateReportResponse());
            if (Gate is not null)
                await Gate.Task.WaitAsync(context.CancellationToken);
        }
    }
}

/// <summary>A process that calls the replicas.</summary>
internal sealed class ReplicaClient : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public ReplicaClient(params string[] settings)
    {
        var builder = MeshHost.CreateBuilder(["--Logging:LogLevel:Default=Warning", .. settings], "gateway");
        builder.AddMeshClient<ReportService.ReportServiceClient>("report");
        _services = builder.Services.BuildServiceProvider();
    }

    public ReportService.ReportServiceClient Client => _services.GetRequiredService<ReportService.ReportServiceClient>();

    public async Task CallAsync() => await Client.ExtractEntitiesAsync(new ExtractEntitiesRequest { Text = "x" });

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
