using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Replicas;

/// <summary>Nobody is called of whom the watch says that it is not ready; a hung replica is one of these.</summary>
public sealed class ReplicaReadinessTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_EveryReplicaHangs_IsUnavailableWithPushBack(bool isStream)
    {
        using var hung = new FaultyListener(FaultyListener.HangAsync);
        await using var client = new ReplicaClient($"--Peers:report={hung.Address}", "--Mesh:HealthLimit=00:00:02",
            "--Mesh:CallAttempts=1");

        var error = await Assert.ThrowsAsync<RpcException>(async () => await CallAsync(client, isStream));

        AssertNotReady(error);
        Assert.Contains("has not answered its health watch within 2 s", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_EveryReplicaSaysNotReady_IsUnavailableAndReachesNone(bool isStream)
    {
        await using var a = await ReplicaServer.StartAsync();
        await using var client = new ReplicaClient($"--Peers:report={a.Address}", "--Mesh:CallAttempts=1");
        await client.CallAsync();
        var before = a.Service.Calls;
        a.Service.IsReady = false;
        RpcException? error;
        int calls;
        do // the watch hears of it within a second
        {
            calls = a.Service.Calls;
            error = await Record.ExceptionAsync(async () => await CallAsync(client, isStream)) as RpcException;
        }
        while (error is null);

        AssertNotReady(error);
        Assert.Equal(calls, a.Service.Calls);
        Assert.True(calls >= before);
        a.Service.IsReady = true;
        while (await Record.ExceptionAsync(async () => await CallAsync(client, isStream)) is not null)
            await Task.Yield();
    }

    [Fact]
    public async Task Call_OneReplicaHangs_GoesToTheOther()
    {
        using var hung = new FaultyListener(FaultyListener.HangAsync);
        await using var a = await ReplicaServer.StartAsync();
        await using var client = new ReplicaClient($"--Peers:report={hung.Address},{a.Address}", "--Mesh:HealthLimit=00:00:02",
            "--Mesh:CallAttempts=1");

        for (var i = 0; i < 4; i++)
            await CallAsync(client, isStream: false);

        Assert.Equal(4, a.Service.Calls);
    }

    [Fact]
    public async Task Call_NothingListens_NamesTheAddressAndWaitsForNoWatch()
    {
        await using var client = new ReplicaClient("--Peers:report=http://127.0.0.1:1", "--Mesh:CallAttempts=1");

        var error = await Assert.ThrowsAsync<RpcException>(async () => await CallAsync(client, isStream: false));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("report does not answer at http://127.0.0.1:1", error.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task CallAsync(ReplicaClient client, bool isStream)
    {
        if (!isStream)
        {
            await client.CallAsync();
            return;
        }

        using var call = client.Client.GenerateReport(new GenerateReportRequest());
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
            await Task.Yield();
    }

    private static void AssertNotReady(RpcException error)
    {
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        var status = error.GetRpcStatus()!;
        Assert.Equal("PEER_UNREACHABLE", Assert.Single(status.Details, d => d.Is(ErrorInfo.Descriptor)).Unpack<ErrorInfo>().Reason);
        Assert.NotNull(status.GetDetail<RetryInfo>());
        Assert.Equal("500", error.Trailers.GetValue("grpc-retry-pushback-ms"));
    }
}
