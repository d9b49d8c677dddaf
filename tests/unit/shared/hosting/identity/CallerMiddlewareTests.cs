using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Identity;

/// <summary>Who is asking is settled from the head of a request, in gRPC, gRPC-Web and JSON.</summary>
public sealed class CallerMiddlewareTests : IDisposable
{
    private static readonly (string, string) _viewer = ("authorization", "Bearer a-token/of=the:viewer");
    private static readonly (string, string) _maker = ("authorization", "bearer a-token/of=the:maker");
    private readonly ScratchFolder _scratch = new();

    private string TokenFile => _scratch["tokens.json"];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("", "UNAUTHENTICATED")]
    [InlineData("Bearer ", "UNAUTHENTICATED")]
    [InlineData("Bearer a-token-of-nobody-at-all", "UNAUTHENTICATED")]
    [InlineData("Basic a-token/of=the:viewer", "UNAUTHENTICATED")]
    [InlineData("Bearer a-token/of=the:past", "UNAUTHENTICATED")]
    public async Task Call_WithoutIdentity_IsRefusedInEveryProtocol(string header, string reason)
    {
        await using var server = await StartAsync();
        (string, string)[] headers = header.Length == 0 ? [] : [("authorization", header)];

        var status = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([]), headers);
        var (code, json) = await SendAsync(server, "/v1/report/models", headers);
        var (web, _) = await SendAsync(server, GuardedServer.ListModels, headers, "application/grpc-web+proto");

        RawCallClient.AssertReason(reason, status);
        RawCallClient.AssertReason(reason, RawCallClient.ParseStatus(json));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK, 0), (code, web, server.Count));
    }

    /// <summary>The answer comes though the body never does.</summary>
    [Theory]
    [InlineData("/v1/reports:write", "application/json", "\"reason\": \"UNAUTHENTICATED\"")]
    [InlineData(GuardedServer.WriteReport, "application/grpc-web+proto", "grpc-status: 16")]
    [InlineData("/v1/nothing", "application/json", "\"reason\": \"UNAUTHENTICATED\"")]
    public async Task Call_WithoutIdentity_IsAnsweredBeforeItsBody(string path, string type, string answer)
    {
        await using var server = await StartAsync();
        var door = new Uri(server.Json);
        using var socket = new TcpClient();
        await socket.ConnectAsync(door.Host, door.Port, TestContext.Current.CancellationToken);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: 1000\r\n\r\n"), limit.Token);

        var text = new StringBuilder();
        for (var part = new byte[4096]; !text.ToString().Contains(answer, StringComparison.OrdinalIgnoreCase);)
            text.Append(Encoding.UTF8.GetString(part, 0, await socket.GetStream().ReadAsync(part, limit.Token)));
    }

    [Fact]
    public async Task Role_ThatIsMissing_IsNamed()
    {
        await using var server = await StartAsync();

        var allowed = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([]), _viewer);
        var refused = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.WriteReport, [], _viewer);
        var (code, json) = await SendAsync(server, "/v1/reports:write", [_viewer], "application/json");
        var (metrics, _) = await SendAsync(server, MeshTelemetry.MetricsPath, [_viewer]);
        var made = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.WriteReport, RawCallClient.Frame([]), _maker);

        Assert.Equal(new RpcStatus(), allowed);
        RawCallClient.AssertReason("PERMISSION_DENIED", refused);
        Assert.Contains("WriteReport needs the role 'generate'; the caller has read.", refused.Message, StringComparison.Ordinal);
        RawCallClient.AssertReason("PERMISSION_DENIED", RawCallClient.ParseStatus(json));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (code, metrics));
        Assert.Equal((new RpcStatus(), 2, "team-b"), (made, server.Count, server.Tenant));
    }

    [Fact]
    public async Task Tenant_OfAnother_IsRefused()
    {
        await using var server = await StartAsync();

        var own = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([]), _viewer,
            (RequestContext.TenantHeader, "team-a"));
        var other = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([]), _viewer,
            (RequestContext.TenantHeader, "team-b"));

        Assert.Equal((new RpcStatus(), "team-a"), (own, server.Tenant));
        RawCallClient.AssertReason("PERMISSION_DENIED", other);
        Assert.Equal(1, server.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task TokenFile_Rotated_HoldsForTheNextCalls()
    {
        await using var server = await StartAsync();
        Task<RpcStatus> CallAsync((string, string) token) =>
            server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([]), token);

        Assert.Equal(0, (await CallAsync(_viewer)).Code);
        await File.WriteAllTextAsync(TokenFile, Write("viewer-2"), TestContext.Current.CancellationToken);
        while ((await CallAsync(("authorization", "Bearer a-token/of=the:viewer-2"))).Code != 0)
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();

        RawCallClient.AssertReason("UNAUTHENTICATED", await CallAsync(_viewer));
    }

    [Theory]
    [InlineData("absent.json", "", "does not exist")]
    [InlineData("tokens.json", "{\n", "line 2 is not JSON")]
    public void TokenFile_Wrong_DoesNotStart(string name, string content, string problem)
    {
        File.WriteAllText(TokenFile, content);

        var error = Assert.Throws<OptionsValidationException>(() => MeshHost.CreateBuilder(
            ["--Mesh:Authentication=token", $"--Mesh:TokenFile={_scratch[name]}"], "report").BuildMesh());

        Assert.Contains("Mesh:TokenFile", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static string Write(string viewer = "viewer") => $$"""
        {"tokens": [
          {"name": "viewer", "token": "a-token/of=the:{{viewer}}", "tenant": "team-a", "roles": ["read"], "expires": "2100-01-01"},
          {"name": "maker", "token": "a-token/of=the:maker", "tenant": "team-b", "roles": ["read", "generate"], "expires": "2100-01-01"},
          {"name": "past", "token": "a-token/of=the:past", "tenant": "team-a", "roles": ["read"], "expires": "2026-01-01T00:00:00Z"},
        ]}
        """;

    private static async Task<(HttpStatusCode Code, string Text)> SendAsync(
        GuardedServer server, string path, (string Key, string Value)[] headers, string? type = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(type is null ? HttpMethod.Get : HttpMethod.Post, new Uri(server.Json + path));
        if (type is not null)
        {
            request.Content = new ByteArrayContent(type.Contains("json", StringComparison.Ordinal) ? "{}"u8.ToArray()
                : RawCallClient.Frame(new ListModelsRequest().ToByteArray()));
            request.Content.Headers.ContentType = new(type);
        }

        foreach (var (key, value) in headers)
            request.Headers.TryAddWithoutValidation(key, value);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task<GuardedServer> StartAsync()
    {
        File.WriteAllText(TokenFile, Write());
        return GuardedServer.StartAsync("--Mesh:Authentication=token", $"--Mesh:TokenFile={TokenFile}");
    }
}
