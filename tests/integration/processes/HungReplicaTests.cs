using System.Diagnostics;
using System.Globalization;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>A stopped process keeps its connections and answers nothing: nobody waits for it until it goes on.</summary>
public sealed class HungReplicaTests
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Gateway_EveryReplicaStopped_AnswersUnavailableInBothProtocolsAndGoesOnAfterwards()
    {
        await using var replica = Start("Report", out var report, out var reportJson);
        await using var gateway = Start("Gateway", out var grpc, out var json, $"--Peers:report={report}",
            $"--Peers:report-json={reportJson}", "--Mesh:HealthLimit=00:00:02", "--Gateway:AnswerLimit=00:00:02");
        using (var direct = GrpcChannel.ForAddress(report))
            await direct.ConnectUntilServingAsync(() => replica.HasExited, () => replica.Error);
        using var channel = GrpcChannel.ForAddress(grpc);
        await channel.ConnectUntilServingAsync(() => gateway.HasExited, () => gateway.Error);
        var client = new ReportService.ReportServiceClient(channel);
        await client.ListModelsAsync(new ListModelsRequest());
        using var raw = new RawCallClient();

        await replica.SignalAsync("STOP");
        var clock = Stopwatch.StartNew();
        RpcException error;
        do
            error = await Assert.ThrowsAsync<RpcException>(async () => await client.ListModelsAsync(new ListModelsRequest()));
        while (error.StatusCode == StatusCode.DeadlineExceeded && clock.Elapsed < _deadline); // ends at the gateway's limit until then
        var (_, answer) = await raw.SendJsonAsync(HttpMethod.Get, json + "/v1/report/models", null);
        await replica.SignalAsync("CONT");

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        RawCallClient.AssertReason("PEER_UNREACHABLE", error.GetRpcStatus()!);
        RawCallClient.AssertReason("PEER_UNREACHABLE", RawCallClient.ParseStatus(answer.GetRawText()));
        while (await Record.ExceptionAsync(async () => await client.ListModelsAsync(new ListModelsRequest())) is { } problem)
            Assert.True(clock.Elapsed < _deadline * 2, problem.Message);
    }

    private static SyncxrProcess Start(string service, out string grpc, out string json, params string[] settings)
    {
        var (port, jsonPort) = (TestPort.Reserve(), TestPort.Reserve());
        (grpc, json) = (Url(port), Url(jsonPort));
        return SyncxrProcess.StartService(service,
            [string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={port}"),
                string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={jsonPort}"), .. settings]);
    }

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
