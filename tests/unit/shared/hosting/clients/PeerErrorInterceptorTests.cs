using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Clients;

/// <summary>What a client says of a port where no gRPC server answers, in whatever order bytes and ends of connections arrive.</summary>
public sealed class PeerErrorInterceptorTests
{
    private const string Hint = "; that may be another port";

    /// <summary>Which exception .NET throws depends on who is first, the request or the connection's end: so many calls see both.</summary>
    private const int Calls = 60;

    [Fact]
    public async Task Call_ConnectionClosedAtOnce_SaysSo() =>
        await AssertEachIsUnreachableAsync(FaultyListener.CloseAtOnceAsync, "closed the connection");

    [Fact]
    public async Task Call_ConnectionClosedAfterThePreface_SaysSo() =>
        await AssertEachIsUnreachableAsync(FaultyListener.CloseAfterPrefaceAsync, "closed the connection");

    [Fact]
    public async Task Call_ConnectionReset_SaysSo() =>
        await AssertEachIsUnreachableAsync(FaultyListener.ResetAsync, "closed the connection");

    [Fact]
    public async Task Call_AnsweredInHttp11_GivesTheHint() =>
        await AssertEachIsUnreachableAsync(FaultyListener.AnswerHttp11Async, Hint);

    [Theory]
    [InlineData("reset with CANCEL")]
    [InlineData("reset with INTERNAL_ERROR")]
    [InlineData("cut")]
    [InlineData("ended without a status")]
    public async Task Stream_BrokenAfterItsFirstMessage_IsUnavailable(string fault)
    {
        var hasArrived = new TaskCompletionSource(); // what was sent just before could be lost with the connection
        await using var server = await ScriptedHttpServer.StartAsync(async http =>
        {
            await ScriptedHttpServer.SendGrpcMessageAsync(http, new GenerateReportResponse());
            await hasArrived.Task;
            if (fault == "cut")
                ScriptedHttpServer.CutConnection(http);
            else if (fault != "ended without a status")
                ScriptedHttpServer.ResetStream(http, fault == "reset with CANCEL" ? 8 : 2);
        });
        using var channel = GrpcChannel.ForAddress(server.Http2);
        var client = new ReportService.ReportServiceClient(
            channel.Intercept(new PeerErrorInterceptor("the mesh", () => server.Http2, "--mesh", Hint)));
        using var call = client.GenerateReport(new GenerateReportRequest());
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        hasArrived.SetResult();
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal("PEER_UNREACHABLE", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Contains("broke off", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_CancelledByTheCaller_StaysCancelled()
    {
        await using var server = await ScriptedHttpServer.StartAsync(async http =>
        {
            await ScriptedHttpServer.SendGrpcMessageAsync(http, new GenerateReportResponse());
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        using var stop = new CancellationTokenSource();
        using var channel = GrpcChannel.ForAddress(server.Http2);
        var client = new ReportService.ReportServiceClient(
            channel.Intercept(new PeerErrorInterceptor("the mesh", () => server.Http2, "--mesh", Hint)));
        using var call = client.GenerateReport(new GenerateReportRequest(), cancellationToken: stop.Token);
        await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken);

        await stop.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
    }

    [Fact]
    public async Task Call_Http11PortOfAService_GivesTheHint()
    {
        await using var server = await ScriptedHttpServer.StartAsync(_ => Task.CompletedTask);
        using var channel = GrpcChannel.ForAddress(server.Http11);
        var client = new ReportService.ReportServiceClient(
            channel.Intercept(new PeerErrorInterceptor("the mesh", () => server.Http11, "--mesh", Hint)));

        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.ListModelsAsync(new ListModelsRequest()));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains(Hint, error.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task AssertEachIsUnreachableAsync(Func<System.Net.Sockets.Socket, CancellationToken, Task> fault, string words)
    {
        using var listener = new FaultyListener(fault);
        for (var i = 0; i < Calls; i++)
        {
            using var channel = GrpcChannel.ForAddress(listener.Address);
            var client = new ReportService.ReportServiceClient(
                channel.Intercept(new PeerErrorInterceptor("the mesh", () => listener.Address, "--mesh", Hint)));

            var error = await Assert.ThrowsAsync<RpcException>(async () => await client.ListModelsAsync(new ListModelsRequest(),
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20)));

            TestContext.Current.TestOutputHelper?.WriteLine(error.ToString());
            Assert.Equal(StatusCode.Unavailable, error.StatusCode);
            var info = error.GetRpcStatus()!.GetDetail<ErrorInfo>()!;
            Assert.Equal(("PEER_UNREACHABLE", "--mesh"), (info.Reason, info.Metadata["setting"]));
            Assert.Contains(words, error.Status.Detail, StringComparison.Ordinal);
            Assert.Contains(listener.Address, error.Status.Detail, StringComparison.Ordinal);
        }
    }
}
