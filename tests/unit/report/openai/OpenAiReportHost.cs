using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using SynCxr.Mesh.Hosting;

namespace SynCxr.Mesh.Report.Tests.OpenAi;

/// <summary>A report service that writes with an OpenAI endpoint, and a client of the service.</summary>
internal sealed class OpenAiReportHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private OpenAiReportHost(WebApplication app)
    {
        _app = app;
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(app)[0]);
        Client = new V1.ReportService.ReportServiceClient(_channel);
    }

    public V1.ReportService.ReportServiceClient Client { get; }

    public static WebApplication Build(string endpoint, params IEnumerable<string> more)
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Report:Writer=openai", $"--Report:OpenAi:Endpoint={endpoint}",
                "--Report:OpenAi:Model=test-model", "--Report:OpenAi:Retries=0", "--Report:OpenAi:Patience=00:00:00", .. more], "report");
        if (!more.Any(m => m.StartsWith("--Report:OpenAi:ApiKeyFile", StringComparison.Ordinal)))
            builder.Configuration.AddInMemoryCollection([new("Report:OpenAi:ApiKey", "a-test-key")]);
        builder.AddReport();
        return builder.BuildMesh();
    }

    public static async Task<OpenAiReportHost> StartAsync(string endpoint, params IEnumerable<string> more)
    {
        var app = Build(endpoint, more);
        app.MapMeshDefaults();
        app.MapReport();
        await app.StartAsync();
        return new OpenAiReportHost(app);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }
}
