using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Shared.Tests.Hosting.Replicas;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting;

/// <summary>A client that keeps all its calls on one connection, as most do, is never left waiting for a place on it.</summary>
public sealed class ConnectionPlacesTests
{
    private const int Streams = 100;

    [Fact]
    public async Task Call_HundredStreamsOnItsConnection_IsAnswered()
    {
        await using var server = await ReplicaServer.StartAsync();
        using var channel = OpenOneConnection(server);
        var client = new ReportService.ReportServiceClient(channel);
        server.Service.Gate = new TaskCompletionSource();
        var streams = await OpenStreamsAsync(client, Streams);
        server.Service.Gate = null;

        await client.ExtractEntitiesAsync(new ExtractEntitiesRequest { Text = "x" }, deadline: In(20));

        Assert.Single(server.Service.Connections.Distinct());
        foreach (var stream in streams)
            stream.Dispose();
    }

    [Fact]
    public async Task Call_EveryPlaceOfTheProcessTaken_IsToldAtOnce()
    {
        await using var server = await ReplicaServer.StartAsync("--Mesh:MaxCalls=60");
        using var channel = OpenOneConnection(server);
        var client = new ReportService.ReportServiceClient(channel);
        server.Service.Gate = new TaskCompletionSource();
        var streams = await OpenStreamsAsync(client, 60);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.ExtractEntitiesAsync(new ExtractEntitiesRequest { Text = "x" }, deadline: In(20)));

        Assert.Equal("QUEUE_FULL", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.NotNull(error.Trailers.GetValue("grpc-retry-pushback-ms"));
        foreach (var stream in streams)
            stream.Dispose();
    }

    private static GrpcChannel OpenOneConnection(ReplicaServer server) => GrpcChannel.ForAddress(server.Address,
        new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false } });

    /// <summary>Opens streams and reads the first message of each.</summary>
    private static async Task<IReadOnlyList<AsyncServerStreamingCall<GenerateReportResponse>>> OpenStreamsAsync(
        ReportService.ReportServiceClient client, int count)
    {
        var streams = Enumerable.Range(0, count).Select(_ => client.GenerateReport(new GenerateReportRequest(), deadline: In(60))).ToList();
        foreach (var stream in streams)
            Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        return streams;
    }

    private static DateTime In(double seconds) => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds);
}
