using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Calls;
using SynCxr.Mesh.Testkit.Identity;
using Xunit;

namespace SynCxr.Mesh.Gateway.Tests;

/// <summary>Calls that one tenant holds open shut out nobody else, in gRPC and JSON.</summary>
public sealed class TenantShareTests : IDisposable
{
    private const string TokenA = "token-of-tenant-a", TokenB = "token-of-tenant-b", TokenC = "token-of-tenant-c";
    private const int Limit = 40;
    private readonly ScratchFolder _scratch = new();

    [Fact]
    public async Task Watches_OfOneTenantBeyondItsShare_LeaveRoomForOthers()
    {
        await using var replica = await ScriptedHttpServer.StartAsync(HoldAsync);
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11, null, [.. Tokens(),
            $"--Gateway:CallsPerService={Limit}"]);
        using var channel = GrpcChannel.ForAddress(gateway.Grpc);
        var ofA = await WatchAsync(channel, TokenA, 300);

        Assert.Equal(Limit / 2, ofA.Open.Count);
        Assert.All(ofA.Refusals, status =>
        {
            Assert.Equal(StatusCode.Unavailable, status.StatusCode);
            Assert.Contains("its share of 40", status.Detail, StringComparison.Ordinal);
        });
        var ofB = await WatchAsync(channel, TokenB, 5);
        Assert.Equal((5, 0), (ofB.Open.Count, ofB.Refusals.Count));
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", TokenC) } };
        using var json = await http.GetAsync(new Uri(gateway.Json + "/v1/datasets/a:watch"), HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, json.StatusCode);

        ofA.Open.ForEach(call => call.Dispose());
        while ((await WatchAsync(channel, TokenA, 1)).Refusals.Count > 0) // once the gateway has seen that they have ended
            await Task.Delay(10, TestContext.Current.CancellationToken);
        ofB.Open.ForEach(call => call.Dispose());
    }

    [Fact]
    public async Task Calls_WithoutAuthentication_ShareNothing()
    {
        await using var replica = await ScriptedHttpServer.StartAsync(HoldAsync);
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11, null, $"--Gateway:CallsPerService={Limit}");
        using var channel = GrpcChannel.ForAddress(gateway.Grpc);

        var watches = await WatchAsync(channel, TokenA, 50);

        Assert.Equal(Limit, watches.Open.Count);
        watches.Open.ForEach(call => call.Dispose());
    }

    public void Dispose() => _scratch.Dispose();

    private string[] Tokens() => TestTokenFile.Write(_scratch["tokens.json"], (TokenA, "a"), (TokenB, "b"), (TokenC, "c"));

    /// <summary>Opens watches one after the other, each until its first message or its refusal.</summary>
    private static async Task<(List<AsyncServerStreamingCall<WatchDatasetResponse>> Open, List<Status> Refusals)> WatchAsync(
        GrpcChannel channel, string token, int count)
    {
        var client = new DatasetService.DatasetServiceClient(channel);
        var (open, refusals) = (new List<AsyncServerStreamingCall<WatchDatasetResponse>>(), new List<Status>());
        for (var i = 0; i < count; i++)
        {
            var call = client.WatchDataset(new WatchDatasetRequest { Name = "datasets/a" },
                new Metadata { { "authorization", "Bearer " + token } });
            try
            {
                Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
                open.Add(call);
            }
            catch (RpcException refusal)
            {
                refusals.Add(refusal.Status);
                call.Dispose();
            }
        }

        return (open, refusals);
    }

    /// <summary>One message, and then nothing until the caller leaves.</summary>
    private static async Task HoldAsync(HttpContext http)
    {
        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
            await ScriptedHttpServer.SendGrpcMessageAsync(http, new WatchDatasetResponse());
        else
            await http.Response.WriteAsync("{}\n");
        await http.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, http.RequestAborted);
    }
}
