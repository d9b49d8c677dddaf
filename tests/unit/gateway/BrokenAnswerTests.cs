using System.Globalization;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Gateway.Tests;

/// <summary>An answer that breaks off ends as UNAVAILABLE with one ErrorInfo, and never as cancelled, or as if it were whole.</summary>
public sealed class BrokenAnswerTests
{
    private const string Stream = "/syncxr.report.v1.ReportService/GenerateReport";
    private const string Reason = "PEER_UNREACHABLE";
    private const string Cut = "cut", Cancel = "reset with CANCEL", InternalError = "reset with INTERNAL_ERROR", NoStatus = "no status";

    [Theory]
    [InlineData(Cut, true)]
    [InlineData(Cancel, true)]
    [InlineData(InternalError, true)]
    [InlineData(NoStatus, true)]
    [InlineData(Cut, false)]
    [InlineData(Cancel, false)]
    [InlineData(InternalError, false)]
    [InlineData(NoStatus, false)]
    public async Task Grpc_BrokenOff_IsUnavailable(string fault, bool hasMessage)
    {
        await using var replica = await ScriptedHttpServer.StartAsync(http => BreakGrpcAsync(http, fault, hasMessage));
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11);
        using var client = new RawCallClient();

        RawCallClient.AssertReason(Reason, await client.PostGrpcAsync(gateway.Grpc, Stream, RawCallClient.Frame([])));
    }

    [Theory]
    [InlineData(Cut)]
    [InlineData(Cancel)]
    [InlineData(NoStatus)]
    public async Task GrpcWeb_BrokenOff_HasTheStatusInItsLastFrame(string fault)
    {
        var hasArrived = new TaskCompletionSource();
        await using var replica = await ScriptedHttpServer.StartAsync(
            http => BreakGrpcAsync(http, fault, hasMessage: true, hasArrived.Task));
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Json + Stream))
        {
            Content = new ByteArrayContent(RawCallClient.Frame([])),
        };
        request.Content.Headers.ContentType = new("application/grpc-web+proto");

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        hasArrived.SetResult();
        var bytes = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        var text = Encoding.ASCII.GetString(bytes);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"grpc-status: {(int)StatusCode.Unavailable}"),
            text.Replace("grpc-status:1", "grpc-status: 1", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Single(text.Split("grpc-status-details-bin:")[1..]);
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n")]
    [InlineData("{\"text\":\"a\"}\n{\"te")]
    public async Task JsonStream_BrokenOff_HasTheStatusInItsLastLine(string begun)
    {
        var hasArrived = new TaskCompletionSource();
        await using var replica = await ScriptedHttpServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(begun);
            await http.Response.Body.FlushAsync();
            await hasArrived.Task;
            ScriptedHttpServer.CutConnection(http);
        });
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11);
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri(gateway.Json + "/v1/datasets/a:watch"), HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        hasArrived.SetResult();
        var lines = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n');

        Assert.Equal(begun, string.Join('\n', lines[..^1]) + (begun.EndsWith('\n') ? "\n" : ""));
        RawCallClient.AssertReason(Reason, RawCallClient.ParseStatus(lines[^1]));
    }

    [Fact]
    public async Task JsonAnswer_BrokenOff_IsCutAndNotWhole()
    {
        var hasArrived = new TaskCompletionSource();
        await using var replica = await ScriptedHttpServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync("{\"report\":");
            await http.Response.Body.FlushAsync();
            await hasArrived.Task;
            ScriptedHttpServer.CutConnection(http);
        });
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Json + "/v1/reports:write"))
        {
            Content = new StringContent("{}", Encoding.UTF8, "application/json"),
        };

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        hasArrived.SetResult();

        await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("json")]
    public async Task Call_EveryReplicaHangs_IsUnavailableOnceTheWatchKnows(string protocol)
    {
        using var replica = new FaultyListener(FaultyListener.HangAsync);
        await using var gateway = await GatewayServer.StartAsync(replica.Address, replica.Address, null, "--Mesh:HealthLimit=00:00:02");
        using var client = new RawCallClient();

        RpcStatus status;
        do // until the watch's time is up, calls end at the limit of the gateway: here at the client's
            status = await CallAsync();
        while (status.Code == (int)StatusCode.DeadlineExceeded);

        RawCallClient.AssertReason(Reason, status);
        Assert.Contains("has not answered its health watch within 2 s", status.Message, StringComparison.Ordinal);

        async Task<RpcStatus> CallAsync()
        {
            if (protocol == "grpc")
                return await client.PostGrpcAsync(gateway.Grpc, Stream, RawCallClient.Frame([]), ("grpc-timeout", "200m"));
            using var body = new StringContent("{}", Encoding.UTF8, "application/json");
            body.Headers.Add("grpc-timeout", "200m");
            var (_, answer) = await client.SendJsonAsync(HttpMethod.Post, gateway.Json + "/v1/reports:write", body);
            return RawCallClient.ParseStatus(answer.GetRawText());
        }
    }

    /// <param name="hasArrived">When the answer may break: what was sent just before could be lost with the connection.</param>
    private static async Task BreakGrpcAsync(HttpContext http, string fault, bool hasMessage, Task? hasArrived = null)
    {
        http.Response.ContentType = "application/grpc";
        if (hasMessage)
            await ScriptedHttpServer.SendGrpcMessageAsync(http, new GenerateReportResponse());
        await (hasArrived ?? Task.CompletedTask);
        if (fault == Cut)
            ScriptedHttpServer.CutConnection(http);
        else if (fault != NoStatus)
            ScriptedHttpServer.ResetStream(http, fault == Cancel ? 8 : 2);
    }
}
