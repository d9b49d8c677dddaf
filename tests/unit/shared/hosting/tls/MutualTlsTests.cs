using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Gateway;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Shared.Tests.Hosting.Identity;
using SynCxr.Mesh.Shared.Tests.Hosting.Replicas;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Tls;

/// <summary>Two processes that know each other by certificates of one authority, and others that have none.</summary>
public sealed class MutualTlsTests : IDisposable
{
    private const string Tokens = """
        {"tokens": [{"name": "viewer", "token": "a-token/of=the:viewer", "tenant": "team-a", "roles": ["read"], "expires": "2100-01-01"}]}
        """;

    private static readonly Metadata _otherTenant = new() { { RequestContext.TenantHeader, "team-b" } };
    private readonly ScratchFolder _scratch = new();
    private readonly TestCertificateAuthority _authority;

    public MutualTlsTests()
    {
        _authority = new TestCertificateAuthority(_scratch["mesh"]);
        _authority.Issue("report");
        _authority.Issue("balancer");
        File.WriteAllText(_scratch["tokens.json"], Tokens);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("https://127.0.0.1:{0}")]
    [InlineData("dns+https:///localhost:{0}")]
    public async Task Service_WithACertificateOfTheMesh_ActsForTheTenantItSays(string peers)
    {
        await using var server = await StartAsync();
        var address = peers.Replace("{0}", $"{new Uri(server.Grpc).Port}", StringComparison.Ordinal);
        await using var caller = new ReplicaClient([$"--Peers:report={address}", .. _authority.ToSettings("balancer")]);

        using (RequestContext.Enter("team-b", "request-7"))
            await caller.Client.ListModelsAsync(new ListModelsRequest());

        Assert.Equal((1, "team-b"), (server.Count, server.Tenant));
    }

    [Fact]
    public async Task TenantHeader_WithoutACertificate_IsNotBelieved()
    {
        await using var server = await StartAsync();
        using var channel = Connect(server.Grpc, null);
        var client = new ReportService.ReportServiceClient(channel);

        var nobody = await RefuseAsync(client, _otherTenant);
        var viewer = await RefuseAsync(client,
            new Metadata { { RequestContext.TenantHeader, "team-b" }, { "authorization", "Bearer a-token/of=the:viewer" } });

        Assert.Equal((StatusCode.Unauthenticated, StatusCode.PermissionDenied, 0), (nobody, viewer, server.Count));
    }

    /// <summary>A gateway connects with its own certificate for whoever calls it.</summary>
    [Fact]
    public async Task TenantHeader_PassedOnByAGateway_IsNotBelieved()
    {
        await using var server = await StartAsync();
        using var certificate = _authority.Read("balancer");
        using var channel = Connect(server.Grpc, certificate);
        var client = new ReportService.ReportServiceClient(channel);

        var refused = await RefuseAsync(client,
            new Metadata { { RequestContext.TenantHeader, "team-b" }, { RequestContext.ForwardedHeader, "1" } });

        Assert.Equal((StatusCode.Unauthenticated, 0), (refused, server.Count));
    }

    [Fact(Timeout = 30_000)]
    public async Task Gateway_OverTls_PassesTheCallersTokenOn()
    {
        await using var server = await StartAsync("--Tls:ClientCertificates=required");
        _authority.Issue("gateway");
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Logging:LogLevel:Default=None",
            $"--Peers:report=dns+https:///localhost:{new Uri(server.Grpc).Port}",
            "--Mesh:Authentication=token", $"--Mesh:TokenFile={_scratch["tokens.json"]}", "--Tls:ClientCertificates=none",
            .. _authority.ToSettings("gateway")], "gateway");
        builder.AddGateway();
        await using var gateway = builder.BuildMesh();
        gateway.MapMeshDefaults();
        gateway.MapGateway();
        await gateway.StartAsync(TestContext.Current.CancellationToken);
        using var channel = Connect(MeshHost.Addresses(gateway)[0], null);
        var client = new ReportService.ReportServiceClient(channel);

        await CallUntilReachedAsync(client, new Metadata { { "authorization", "Bearer a-token/of=the:viewer" } });

        Assert.Equal((1, "team-a"), (server.Count, server.Tenant));
        Assert.Equal(StatusCode.Unauthenticated, await RefuseAsync(client, _otherTenant));
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task Connection_WithACertificateOfAnotherAuthorityOrForServersOnly_IsEnded()
    {
        await using var server = await StartAsync();
        using var stranger = new TestCertificateAuthority(_scratch["other"]);
        stranger.Issue("balancer");
        _authority.Issue("server-only", [new Oid("1.3.6.1.5.5.7.3.1")]);

        foreach (var shown in new[] { stranger.Read("balancer"), _authority.Read("server-only") })
        {
            using (shown)
            {
                using var channel = Connect(server.Grpc, shown);
                await AssertEndedAsync(channel, _otherTenant);
            }
        }

        Assert.Equal(0, server.Count);
    }

    [Fact]
    public async Task Connection_WithoutACertificateThatIsRequired_IsEnded()
    {
        await using var server = await StartAsync("--Tls:ClientCertificates=required");
        using var channel = Connect(server.Grpc, null);

        await AssertEndedAsync(channel, new Metadata { { "authorization", "Bearer a-token/of=the:viewer" } });
        Assert.Equal(0, server.Count);
    }

    [Fact]
    public async Task Peer_OfAnotherAuthority_IsNotTrusted()
    {
        await using var server = await StartAsync();
        using var stranger = new TestCertificateAuthority(_scratch["other"]);
        stranger.Issue("balancer");
        await using var caller = new ReplicaClient([$"--Peers:report={server.Grpc}", "--Mesh:CallAttempts=1",
            .. stranger.ToSettings("balancer")]);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await caller.Client.ListModelsAsync(new ListModelsRequest()));

        Assert.Equal("PEER_UNREACHABLE", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact(Timeout = 30_000)]
    public async Task Certificate_WrittenAnew_IsShownWithoutARestart()
    {
        await using var server = await StartAsync();
        var before = await ReadSerialNumberAsync(server);

        _authority.Issue("report");

        var now = before;
        while (now == before)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            now = await ReadSerialNumberAsync(server);
        }

        using var certificate = _authority.Read("report");
        Assert.Equal(certificate.SerialNumber, now);
    }

    [Fact]
    public async Task Health_OverTls_IsForThoseWithAnIdentity()
    {
        await using var server = await StartAsync();
        using var certificate = _authority.Read("balancer");
        using var stranger = Connect(server.Grpc, null);
        using var peer = Connect(server.Grpc, certificate);

        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await new Health.HealthClient(stranger).CheckAsync(new HealthCheckRequest { Service = "ready" }));
        var answer = await new Health.HealthClient(peer).CheckAsync(new HealthCheckRequest { Service = "ready" });

        Assert.Equal((StatusCode.Unauthenticated, HealthCheckResponse.Types.ServingStatus.Serving), (refused.StatusCode, answer.Status));
    }

    [Theory]
    [InlineData("report", "report", "absent", "absent.crt")]
    [InlineData("report", "balancer", "ca", "the file of Key is not the private key")]
    [InlineData("report", "report", "", "must be given together")]
    public void Files_ThatDoNotBelongTogether_DoNotStart(string certificate, string key, string authority, string problem)
    {
        var error = Assert.Throws<OptionsValidationException>(() => MeshHost.CreateBuilder(
            [$"--Tls:Certificate={_scratch["mesh"]}/{certificate}.crt", $"--Tls:Key={_scratch["mesh"]}/{key}.key",
                authority.Length == 0 ? "--Tls:Authority=" : $"--Tls:Authority={_scratch["mesh"]}/{authority}.crt"], "report").BuildMesh());

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A gateway that has just started may not have looked up its replicas.</summary>
    private static async Task CallUntilReachedAsync(ReportService.ReportServiceClient client, Metadata headers)
    {
        while (true)
        {
            try
            {
                await client.ListModelsAsync(new ListModelsRequest(), headers);
                return;
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private static async Task<StatusCode> RefuseAsync(ReportService.ReportServiceClient client, Metadata headers) =>
        (await Assert.ThrowsAsync<RpcException>(async () => await client.ListModelsAsync(new ListModelsRequest(), headers))).StatusCode;

    /// <summary>
    /// With TLS 1.3 the server judges a certificate after the client's handshake is done, so the client's library calls the
    /// end UNAVAILABLE (the connection closed) or INTERNAL (the alert came while it wrote), as it happens to see it.
    /// </summary>
    private static async Task AssertEndedAsync(GrpcChannel channel, Metadata headers)
    {
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await new ReportService.ReportServiceClient(channel).ListModelsAsync(new ListModelsRequest(), headers));

        Assert.Contains(error.StatusCode, new[] { StatusCode.Unavailable, StatusCode.Internal });
        Assert.IsAssignableFrom<HttpRequestException>(error.Status.DebugException);
        Assert.Null(error.GetRpcStatus());
    }

    private static async Task<string> ReadSerialNumberAsync(GuardedServer server)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(server.Json).Port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(socket.GetStream(), false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        return ((X509Certificate2)tls.RemoteCertificate!).SerialNumber;
    }

    private static GrpcChannel Connect(string address, X509Certificate2? certificate) =>
        GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                    LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                },
            },
        });

    private Task<GuardedServer> StartAsync(params string[] settings) => GuardedServer.StartAsync(
        ["--Mesh:Authentication=token", $"--Mesh:TokenFile={_scratch["tokens.json"]}", .. _authority.ToSettings("report"), .. settings]);
}
