using System.Net;
using System.Security.Cryptography;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.IdentityModel.Tokens;
using SynCxr.Mesh.Gateway;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit.Calls;
using SynCxr.Mesh.Testkit.Issuers;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Identity;

/// <summary>Tokens of a real issuer, through the gateway, which passes them on, to a service, which checks them again.</summary>
public sealed class IssuedTokenTests : IAsyncLifetime
{
    private TestTokenIssuer _issuer = null!;
    private GuardedServer _service = null!;
    private WebApplication _gateway = null!;
    private GrpcChannel _channel = null!;

    private string Json => MeshHost.Addresses(_gateway)[1];

    public async ValueTask InitializeAsync()
    {
        _issuer = await TestTokenIssuer.StartAsync();
        string[] settings =
            ["--Mesh:Authentication=token", $"--Oidc:Issuer={_issuer.Address}", $"--Oidc:Audience={TestTokenIssuer.Audience}"];
        _service = await GuardedServer.StartAsync(settings);
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Logging:LogLevel:Default=None",
            $"--Peers:report={_service.Grpc}", $"--Peers:report-json={_service.Json}", .. settings], "gateway");
        builder.AddGateway();
        _gateway = builder.BuildMesh();
        _gateway.MapMeshDefaults();
        _gateway.MapGateway();
        await _gateway.StartAsync();
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(_gateway)[0]);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _gateway.DisposeAsync();
        await _service.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task Token_OfTheIssuer_IsTakenWithItsTenantAndRoles()
    {
        var reader = await _issuer.RequestTokenAsync("team-a", "read other");
        var maker = await _issuer.RequestTokenAsync("team-b", "read generate");

        Assert.Null(await CallAsync(reader));
        Assert.Equal("team-a", _service.Tenant);
        Assert.Equal((HttpStatusCode.OK, ""), await GetAsync(maker));
        Assert.Equal("team-b", _service.Tenant);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await new ReportService.ReportServiceClient(_channel)
            .WriteReportAsync(new WriteReportRequest(), Header(reader)));
        Assert.Equal("PERMISSION_DENIED", refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public async Task Token_ThatIsWrong_IsRefusedWithOneErrorInfo()
    {
        Assert.Null(await CallAsync(_issuer.Sign()));
        using var key = RSA.Create(2048);
        var foreignKey = new RsaSecurityKey(key) { KeyId = _issuer.Credentials.Key.KeyId };
        var foreign = new SigningCredentials(foreignKey, SecurityAlgorithms.RsaSha256);
        var head = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""");
        var claims = _issuer.Sign().Split('.')[1];
        var shared = new SigningCredentials(new SymmetricSecurityKey(new byte[32]), SecurityAlgorithms.HmacSha256);
        foreach (var (token, problem) in new[]
        {
            (_issuer.Sign(audience: "another"), "another audience"),
            (_issuer.Sign(issuer: "https://issuer.example.org/"), "another issuer"),
            (_issuer.Sign(lifetime: TimeSpan.FromHours(-1)), "has expired"),
            (_issuer.Sign(credentials: foreign), "signature or form"),
            (_issuer.Sign(credentials: shared), ""),
            ($"{head}.{claims}.", "signature or form"),
            (await _issuer.RequestTokenAsync("../team", "read"), "no claim 'tenant'"),
            ("a.b.c", "signature or form"),
        })
        {
            var grpc = await CallAsync(token);
            var (code, json) = await GetAsync(token);

            RawCallClient.AssertReason("UNAUTHENTICATED", grpc!);
            RawCallClient.AssertReason("UNAUTHENTICATED", RawCallClient.ParseStatus(json));
            Assert.Contains(problem, grpc!.Message, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Unauthorized, code);
        }

        Assert.Equal(1, _service.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task Key_Rotated_IsTakenFromTheIssuer()
    {
        Assert.Null(await CallAsync(await _issuer.RequestTokenAsync("team-a", "read")));

        _issuer.RotateKey();
        var token = await _issuer.RequestTokenAsync("team-a", "read");

        while (await CallAsync(token) is { } refused) // once at the gateway and once at the service
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            RawCallClient.AssertReason("UNAUTHENTICATED", refused);
        }

        Assert.Equal(2, _service.Count);
    }

    [Fact]
    public async Task Issuer_ThatIsAway_IsNotTheCallersFault()
    {
        await using var server = await GuardedServer.StartAsync("--Mesh:Authentication=token", "--Oidc:Issuer=http://127.0.0.1:1",
            $"--Oidc:Audience={TestTokenIssuer.Audience}");

        var status = await server.Calls.PostGrpcAsync(server.Grpc, GuardedServer.ListModels, RawCallClient.Frame([]),
            ("authorization", $"Bearer {_issuer.Sign()}"));

        RawCallClient.AssertReason("PEER_UNREACHABLE", status);
        Assert.NotNull(status.GetDetail<RetryInfo>());
    }

    private static Metadata Header(string token) => new() { { "authorization", $"Bearer {token}" } };

    private async Task<Google.Rpc.Status?> CallAsync(string token)
    {
        try
        {
            await new ReportService.ReportServiceClient(_channel).ListModelsAsync(new ListModelsRequest(), Header(token));
            return null;
        }
        catch (RpcException error)
        {
            return error.GetRpcStatus();
        }
    }

    private async Task<(HttpStatusCode Code, string Refusal)> GetAsync(string token)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await http.GetAsync(new Uri(Json + "/v1/report/models"), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, answer.IsSuccessStatusCode ? "" : text);
    }
}
