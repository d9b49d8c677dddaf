using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Curation.Tests.Judging.Chat;

/// <summary>A curation service that judges with a chat model, and a client of the service.</summary>
internal sealed class ChatJudgeHost : IAsyncDisposable
{
    private readonly ScratchFolder _folder;
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private ChatJudgeHost(ScratchFolder folder, WebApplication app)
    {
        (_folder, _app) = (folder, app);
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(app)[0]);
        Client = new V1.CurationService.CurationServiceClient(_channel);
    }

    public V1.CurationService.CurationServiceClient Client { get; }

    public static Task<ChatJudgeHost> StartAsync(string endpoint, params string[] more) => StartWithAsync(
        [$"--Curation:OpenAi:Endpoint={endpoint}", "--Curation:OpenAi:Model=test-model", "--Curation:OpenAi:Retries=0",
            "--Curation:OpenAi:Patience=00:00:00", .. more]);

    public static async Task<ChatJudgeHost> StartWithAsync(params string[] settings)
    {
        var folder = new ScratchFolder();
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", $"--Storage:Root={folder["store"]}", $"--Curation:GeneratorPaths:0={folder["none"]}",
                .. settings], "curation");
        builder.AddCuration();
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapCuration();
        await app.StartAsync();
        var host = new ChatJudgeHost(folder, app);
        using var watch = new Health.HealthClient(host._channel).Watch(new HealthCheckRequest { Service = "ready" },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(60));
        await foreach (var state in watch.ResponseStream.ReadAllAsync())
        {
            if (state.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                break;
        }

        return host;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
