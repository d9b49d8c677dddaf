using System.Globalization;
using System.Net;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Gateway.Tests;

/// <summary>A replica that takes a call and never answers it is not waited for, in any protocol.</summary>
public sealed class AnswerLimiterTests
{
    private const string Unary = "/syncxr.report.v1.ReportService/WriteReport", Stream = "/syncxr.report.v1.ReportService/GenerateReport";
    private const string Reason = "DEADLINE_UNMEETABLE";
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(300), _long = TimeSpan.FromHours(1);

    /// <summary>On a busy machine; nothing else ends these calls as soon as this.</summary>
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(Unary)]
    [InlineData(Stream)]
    public async Task Grpc_NoAnswer_EndsAtTheLimit(string method)
    {
        await using var replica = await ScriptedHttpServer.StartAsync(HangAsync);
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11, null, GatewayServer.LimitSetting(_short));
        using var client = new RawCallClient();

        var status = await client.PostGrpcAsync(gateway.Grpc, method, RawCallClient.Frame([])).WaitAsync(_soon);

        RawCallClient.AssertReason(Reason, status);
        Assert.Contains("report", status.Message, StringComparison.Ordinal);
        Assert.Contains("Gateway:AnswerLimit", status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Unary)]
    [InlineData(Stream)]
    public async Task Grpc_ShorterDeadlineOfTheClient_Holds(string method)
    {
        await using var replica = await ScriptedHttpServer.StartAsync(HangAsync);
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11, null, GatewayServer.LimitSetting(_long));
        using var client = new RawCallClient();

        RawCallClient.AssertReason(Reason,
            await client.PostGrpcAsync(gateway.Grpc, method, RawCallClient.Frame([]), ("grpc-timeout", "300m")).WaitAsync(_soon));
    }

    [Theory]
    [InlineData("POST", "/v1/reports:write")]
    [InlineData("POST", "/v1/reports:generate")]
    [InlineData("GET", "/v1/datasets/a:watch")]
    public async Task Json_NoAnswer_EndsAtTheLimit(string verb, string path)
    {
        await using var replica = await ScriptedHttpServer.StartAsync(HangAsync);
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11, null, GatewayServer.LimitSetting(_short));
        using var client = new RawCallClient();

        var (code, answer) = await client.SendJsonAsync(new HttpMethod(verb), gateway.Json + path,
            verb == "POST" ? new StringContent("{}", Encoding.UTF8, "application/json") : null).WaitAsync(_soon);

        Assert.Equal(HttpStatusCode.GatewayTimeout, code);
        RawCallClient.AssertReason(Reason, RawCallClient.ParseStatus(answer.GetRawText()));
    }

    [Fact]
    public async Task GrpcWeb_NoAnswer_EndsAtTheLimitInItsFraming()
    {
        await using var replica = await ScriptedHttpServer.StartAsync(HangAsync);
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11, null, GatewayServer.LimitSetting(_short));
        using var http = new HttpClient();
        using var body = new ByteArrayContent(RawCallClient.Frame([]));
        body.Headers.ContentType = new("application/grpc-web+proto");

        using var answer = await http.PostAsync(new Uri(gateway.Json + Unary), body, TestContext.Current.CancellationToken)
            .WaitAsync(_soon);

        Assert.Equal(((int)StatusCode.DeadlineExceeded).ToString(CultureInfo.InvariantCulture),
            answer.Headers.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task Stream_AfterItsFirstMessage_HasNoLimit()
    {
        var (clock, goOn) = (new FakeTimeProvider(TimeProvider.System.GetUtcNow()), new TaskCompletionSource());
        await using var replica = await ScriptedHttpServer.StartAsync(async http =>
        {
            await ScriptedHttpServer.SendGrpcMessageAsync(http, new GenerateReportResponse());
            await goOn.Task;
            await ScriptedHttpServer.SendGrpcMessageAsync(http, new GenerateReportResponse());
            ScriptedHttpServer.SendOk(http);
        });
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11, clock, GatewayServer.LimitSetting(_short));
        using var channel = GrpcChannel.ForAddress(gateway.Grpc);
        using var call = new ReportService.ReportServiceClient(channel).GenerateReport(new GenerateReportRequest());
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        clock.Advance(_short * 10);
        goOn.SetResult();

        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.False(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Stream_ClientsDeadlineWithinIt_EndsIt()
    {
        await using var replica = await ScriptedHttpServer.StartAsync(async http =>
        {
            await ScriptedHttpServer.SendGrpcMessageAsync(http, new GenerateReportResponse());
            await HangAsync(http);
        });
        await using var gateway = await GatewayServer.StartAsync(replica.Http2, replica.Http11, null, GatewayServer.LimitSetting(_long));
        using var client = new RawCallClient();

        RawCallClient.AssertReason(Reason,
            await client.PostGrpcAsync(gateway.Grpc, Stream, RawCallClient.Frame([]), ("grpc-timeout", "500m")));
    }

    [Theory]
    [InlineData("5H", 18_000_000)]
    [InlineData("2M", 120_000)]
    [InlineData("3S", 3_000)]
    [InlineData("250m", 250)]
    [InlineData("250000u", 250)]
    [InlineData("1000000n", 1)]
    [InlineData("99999999H", null)]
    [InlineData("999999999m", null)]
    [InlineData("-1S", null)]
    [InlineData("S", null)]
    [InlineData("1x", null)]
    [InlineData("", null)]
    public void Read_Header_IsTheTimeOrNull(string header, int? milliseconds) => Assert.Equal(
        milliseconds is { } known ? TimeSpan.FromMilliseconds(known) : null,
        GrpcTimeoutHeader.Read(new HeaderDictionary { ["grpc-timeout"] = header }));

    [Theory]
    [InlineData("POST", Stream, true)]
    [InlineData("POST", Unary, false)]
    [InlineData("GET", "/v1/trainings/abc:watch", true)]
    [InlineData("GET", "/v1/trainings/abc", false)]
    [InlineData("GET", "/v1/evaluations/a/artifacts/roc.svg:read", true)]
    [InlineData("POST", "/v1/images:generate", true)]
    [InlineData("GET", "/v1/images:generate", false)]
    public void Contains_Call_KnowsStreams(string verb, string path, bool isStream)
    {
        var http = new DefaultHttpContext { Request = { Method = verb, Path = path } };

        Assert.Equal(isStream, ServerStreamTable.Contains(http.Request));
    }

    private static Task HangAsync(HttpContext http) => Task.Delay(Timeout.Infinite, http.RequestAborted);
}
