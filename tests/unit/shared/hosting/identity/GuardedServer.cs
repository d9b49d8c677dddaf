using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit.Calls;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Identity;

/// <summary>A process of the mesh whose handlers count their calls and remember for whom the last one was.</summary>
internal sealed class GuardedServer : IAsyncDisposable
{
    public const string ListModels = "/syncxr.report.v1.ReportService/ListModels";
    public const string WriteReport = "/syncxr.report.v1.ReportService/WriteReport";
    public const string CreateVocabulary = "/syncxr.balancer.v1.BalancerService/CreateVocabulary";

    private readonly WebApplication _app;
    private int _count;

    private GuardedServer(WebApplication app) => _app = app;

    public RawCallClient Calls { get; } = new();

    public string Grpc => MeshHost.Addresses(_app)[0];

    public string Json => MeshHost.Addresses(_app)[1];

    /// <summary>Where <c>Mesh:OperationsPort</c> is set.</summary>
    public string Operations => MeshHost.Addresses(_app)[2];

    public IServiceProvider Services => _app.Services;

    /// <summary>Calls that reached a handler.</summary>
    public int Count => _count;

    /// <summary>The tenant of the newest of them.</summary>
    public string? Tenant { get; private set; }

    public static async Task<GuardedServer> StartAsync(params string[] settings)
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Logging:LogLevel:Default=None", .. settings], "report");
        GuardedServer? server = null;
        builder.Services.AddSingleton(_ => server!);
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapGrpcService<CountingReportService>();
        app.MapGrpcService<CountingBalancerService>();
        server = new GuardedServer(app);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Calls.Dispose();
        await _app.DisposeAsync();
    }

    private T Record<T>(T answer)
    {
        Interlocked.Increment(ref _count);
        Tenant = RequestContext.Current.Tenant;
        return answer;
    }

    internal sealed class CountingReportService(GuardedServer server) : ReportService.ReportServiceBase
    {
        public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
            Task.FromResult(server.Record(new ListModelsResponse()));

        public override Task<WriteReportResponse> WriteReport(WriteReportRequest request, ServerCallContext context) =>
            Task.FromResult(server.Record(new WriteReportResponse()));
    }

    internal sealed class CountingBalancerService(GuardedServer server) : BalancerService.BalancerServiceBase
    {
        public override Task<CreateVocabularyResponse> CreateVocabulary(CreateVocabularyRequest request, ServerCallContext context) =>
            Task.FromResult(server.Record(new CreateVocabularyResponse()));
    }
}
