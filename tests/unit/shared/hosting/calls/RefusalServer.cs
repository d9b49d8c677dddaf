using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Calls;

/// <summary>A process of the mesh whose handlers only remember what reached them, called without any client library.</summary>
public sealed class RefusalServer : IAsyncLifetime
{
    private WebApplication _app = null!;

    public RawCallClient Calls { get; } = new();

    /// <summary>The newest request that reached a handler.</summary>
    public IMessage? Received { get; set; }

    public string Grpc => MeshHost.Addresses(_app)[0];

    public string Json => MeshHost.Addresses(_app)[1];

    public async ValueTask InitializeAsync()
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Logging:LogLevel:Default=None"], "balancer");
        builder.Services.AddSingleton(this);
        _app = builder.BuildMesh();
        _app.MapMeshDefaults();
        _app.MapGrpcService<RecordingDatasetService>();
        _app.MapGrpcService<RecordingDiffusionService>();
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Calls.Dispose();
        await _app.DisposeAsync();
    }

    public Task<RpcStatus> PostGrpcAsync(string path, byte[] body, params (string Key, string Value)[] headers) =>
        Calls.PostGrpcAsync(Grpc, path, body, headers);

    public Task<(HttpStatusCode Code, JsonElement Answer)> SendJsonAsync(HttpMethod method, string path, HttpContent? body) =>
        Calls.SendJsonAsync(method, Json + path, body);

    internal sealed class RecordingDatasetService(RefusalServer server) : DatasetService.DatasetServiceBase
    {
        public override Task<CreateDatasetResponse> CreateDataset(CreateDatasetRequest request, ServerCallContext context)
        {
            server.Received = request;
            return Task.FromResult(new CreateDatasetResponse());
        }

        public override Task<ListDatasetsResponse> ListDatasets(ListDatasetsRequest request, ServerCallContext context)
        {
            server.Received = request;
            return Task.FromResult(new ListDatasetsResponse());
        }

        public override async Task<GetDatasetResponse> GetDataset(GetDatasetRequest request, ServerCallContext context)
        {
            server.Received = request;
            if (request.Name == "datasets/full")
                throw new InvalidOperationException("saving failed", new IOException("No space left on device", 28));
            if (request.Name == "datasets/large")
                return new GetDatasetResponse { Dataset = new ImageReportDataset { Location = new string('x', 5_000_000) } };
            if (request.Name == "datasets/slow")
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return request.Name == "datasets/peer"
                ? throw new RpcException(new Status(StatusCode.PermissionDenied, "a peer's words")) : new GetDatasetResponse();
        }

        public override async Task WatchDataset(WatchDatasetRequest request, IServerStreamWriter<WatchDatasetResponse> responseStream,
            ServerCallContext context)
        {
            server.Received = request;
            await responseStream.WriteAsync(new WatchDatasetResponse(), context.CancellationToken);
            if (request.Name == "datasets/broken")
                throw MeshException.NotFound(request.Name);
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
    }

    internal sealed class RecordingDiffusionService(RefusalServer server) : DiffusionService.DiffusionServiceBase
    {
        public override Task<RenderImageResponse> RenderImage(RenderImageRequest request, ServerCallContext context)
        {
            server.Received = request;
            return Task.FromResult(new RenderImageResponse());
        }
    }
}
