using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>The gateway forwards gRPC, JSON and gRPC-Web, and answers for a peer that is down with UNAVAILABLE and a reason.</summary>
public sealed class GatewayTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private const string Body = """{"spec":{"entities":["abnormality/consolidation"],"seed":"7"}}""";
    private const string Unreachable = "PEER_UNREACHABLE";
    private static readonly HttpClient _http = new();

    [Fact]
    public async Task Grpc_UnaryStreamAndRefusal_PassThroughWhole()
    {
        var client = new ReportService.ReportServiceClient(mesh.Channel);
        var spec = new ReportSpec { Entities = { "abnormality/consolidation" }, Seed = 7 };

        var written = (await client.WriteReportAsync(new WriteReportRequest { Spec = spec })).Report;
        var streamed = new List<GenerateReportResponse>();
        using (var call = client.GenerateReport(new GenerateReportRequest { Spec = spec }))
        {
            await foreach (var part in call.ResponseStream.ReadAllAsync())
                streamed.Add(part);
        }

        Assert.NotEmpty(written.Findings);
        Assert.True(streamed.Count > 3, "the stream came in one piece");
        Assert.Equal(written.Findings, streamed[^1].Report.Findings);
        spec.Entities[0] = "abnormality/nonsense";
        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await client.WriteReportAsync(new WriteReportRequest { Spec = spec }));
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Equal("spec.entities[0]", Assert.Single(refusal.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
    }

    [Fact]
    public async Task Grpc_PeerThatIsDown_IsUnavailableWithAReason()
    {
        var client = new DiffusionService.DiffusionServiceClient(mesh.Channel);

        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await client.RenderImageAsync(new RenderImageRequest { Spec = new ImageSpec { Prompt = "x" } }));

        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.Contains("diffusion", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(("syncxr.mesh", Unreachable),
            (refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Domain, refusal.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.NotNull(refusal.GetRpcStatus()!.GetDetail<RetryInfo>());
        Assert.Equal("500", refusal.Trailers.GetValue("grpc-retry-pushback-ms"));
    }

    [Fact]
    public async Task Json_CallAndRefusal_PassThrough()
    {
        var (status, answer) = await PostAsync("/v1/reports:write", Body);
        var (bad, refusal) = await PostAsync("/v1/reports:write", Body.Replace("consolidation", "nonsense", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEmpty(answer.GetProperty("report").GetProperty("findings").GetString()!);
        Assert.Equal(HttpStatusCode.BadRequest, bad);
        Assert.Contains("entities[0]", refusal.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_BodyOverTheGatewaysLimit_SaysTheLimit()
    {
        // The length in the head is enough for the refusal: the body is never sent.
        var answer = await RawCallClient.SendTextAsync(mesh.Json,
            "POST /v1/reports:extractEntities HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 34000000\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("MESSAGE_TOO_LARGE", answer, StringComparison.Ordinal);
        Assert.Contains("8,388,608 bytes, the limit of ExtractEntities", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("RetryInfo", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_PeerThatIsDown_Is503WithAReason()
    {
        var (status, answer) = await PostAsync("/v1/images:render", """{"spec":{"prompt":"x"}}""");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal((int)StatusCode.Unavailable, answer.GetProperty("code").GetInt32());
        Assert.Equal(Unreachable, answer.GetProperty("details")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task GrpcWeb_CallAndPeerThatIsDown_AnswerInTheirFraming()
    {
        var request = new WriteReportRequest { Spec = new ReportSpec { Entities = { "abnormality/consolidation" }, Seed = 7 } };

        var (message, trailers) = await CallGrpcWebAsync("/syncxr.report.v1.ReportService/WriteReport", request);
        var (_, down) = await CallGrpcWebAsync("/syncxr.diffusion.v1.DiffusionService/RenderImage",
            new RenderImageRequest { Spec = new ImageSpec { Prompt = "x" } });

        Assert.NotEmpty(WriteReportResponse.Parser.ParseFrom(message).Report.Findings);
        Assert.Equal("0", trailers["grpc-status"]);
        Assert.Equal(((int)StatusCode.Unavailable).ToString(CultureInfo.InvariantCulture), down["grpc-status"]);
        var details = Google.Rpc.Status.Parser.ParseFrom(Convert.FromBase64String(down["grpc-status-details-bin"]));
        Assert.Equal(Unreachable, details.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public async Task Reflection_BufCurl_ListsTheServicesBehindTheGateway()
    {
        var (code, output, error) = await ForeignClientTests.RunBufCurlAsync("--list-services", "http://" + mesh.Channel.Target);

        Assert.True(code == 0, error);
        Assert.Contains("syncxr.report.v1.ReportService", output, StringComparison.Ordinal);
        Assert.Contains("syncxr.dataset.v1.DatasetService", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway", "Peers:report", "nonsense")]
    [InlineData("Gateway", "Peers:curation-json", "ftp://127.0.0.1:1")]
    [InlineData("Gateway", "Peers:reprot", "http://127.0.0.1:1")]
    [InlineData("Balancer", "Peers:diffusion", "127.0.0.1:5102")]
    public async Task Start_BadPeerSetting_StopsAndNamesTheSetting(string service, string setting, string value)
    {
        using var scratch = new ScratchFolder();
        string[] folders = service == "Balancer" ? [$"--Storage:Root={scratch.Path}", $"--Balancer:StateFolder={scratch.Path}"] : [];
        await using var process = SyncxrProcess.StartService(service,
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", .. folders, $"--{setting}={value}"]);

        Assert.NotEqual(0, await process.WaitForExitAsync());
        Assert.Contains(setting, process.Error, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode, JsonElement)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri(mesh.Json + path), content);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>
    /// Calls gRPC-Web without a client library: a frame is a byte of flags, four bytes of length and the message. The trailers are a frame
    /// with the flag 0x80, or headers where there is no body.
    /// </summary>
    private async Task<(byte[] Message, Dictionary<string, string> Trailers)> CallGrpcWebAsync(string path, IMessage message)
    {
        var bytes = message.ToByteArray();
        using var content = new ByteArrayContent([0, 0, 0, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]);
        content.Headers.ContentType = new("application/grpc-web+proto");
        using var answer = await _http.PostAsync(new Uri(mesh.Json + path), content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("application/grpc-web", answer.Content.Headers.ContentType!.MediaType, StringComparison.Ordinal);
        var trailers = answer.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.First());
        byte[] received = [];
        var body = await answer.Content.ReadAsByteArrayAsync();
        for (var at = 0; at < body.Length;)
        {
            var length = (body[at + 1] << 24) | (body[at + 2] << 16) | (body[at + 3] << 8) | body[at + 4];
            var frame = body[(at + 5)..(at + 5 + length)];
            if ((body[at] & 0x80) == 0)
                received = frame;
            foreach (var line in (body[at] & 0x80) == 0
                ? [] : Encoding.ASCII.GetString(frame).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
                trailers[line[..line.IndexOf(':', StringComparison.Ordinal)]
                    .ToLowerInvariant()] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            at += 5 + length;
        }

        return (received, trailers);
    }
}
