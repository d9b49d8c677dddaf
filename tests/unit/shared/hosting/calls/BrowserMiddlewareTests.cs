using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit.Calls;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Calls;

/// <summary>What a page of another site can do to a process on the user's machine: nothing that its settings don't allow.</summary>
public sealed class BrowserMiddlewareTests
{
    private const string Viewer = "https://viewer.example.org";
    private const string Path = "/syncxr.dataset.v1.DatasetService/GetDataset";

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]", true)]
    [InlineData("attacker.example", false)]
    [InlineData("localhost.attacker.example", false)]
    [InlineData("127.0.0.1.attacker.example", false)]
    public async Task Host_OnLoopback_IsALoopbackName(string host, bool allowed) => await AssertHostAsync(host, allowed);

    [Theory]
    [InlineData("mesh.example.org", true)]
    [InlineData("a.pool.example.org", true)]
    [InlineData("pool.example.org", false)]
    [InlineData("localhost", false)]
    public async Task Host_WithASetting_IsOneOfItsNames(string host, bool allowed) =>
        await AssertHostAsync(host, allowed, "--Mesh:AllowedHosts:0=mesh.example.org", "--Mesh:AllowedHosts:1=*.pool.example.org");

    [Fact]
    public async Task Cors_NoSetting_AllowsNoOrigin()
    {
        await using var app = await StartAsync();

        using var answer = await AskAsync(app, Viewer);

        Assert.False(answer.Headers.Contains("access-control-allow-origin"));
    }

    [Fact]
    public async Task Cors_OriginOfTheSetting_MayReadWhatGrpcWebNeeds()
    {
        await using var app = await StartAsync($"--Mesh:AllowedOrigins:0={Viewer}");

        using var preflight = await AskAsync(app, Viewer);
        using var call = await PostAsync(app, "localhost", Viewer);
        using var other = await AskAsync(app, "https://attacker.example");

        Assert.Equal(Viewer, Assert.Single(preflight.Headers.GetValues("access-control-allow-origin")));
        Assert.Equal(["grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-retry-pushback-ms"],
            string.Join(',', call.Headers.GetValues("access-control-expose-headers")).Split(',', StringSplitOptions.TrimEntries));
        Assert.False(other.Headers.Contains("access-control-allow-origin"));
    }

    [Theory]
    [InlineData("--Mesh:AllowedHosts:0=http://a", "Mesh:AllowedHosts")]
    [InlineData("--Mesh:AllowedHosts:0=a:80", "Mesh:AllowedHosts")]
    [InlineData("--Mesh:AllowedHosts:0=*.", "Mesh:AllowedHosts")]
    [InlineData("--Mesh:AllowedOrigins:0=*", "Mesh:AllowedOrigins")]
    [InlineData("--Mesh:AllowedOrigins:0=viewer.example.org", "Mesh:AllowedOrigins")]
    [InlineData("--Mesh:AllowedOrigins:0=https://viewer.example.org/", "Mesh:AllowedOrigins")]
    [InlineData("--Mesh:AllowedOrigins:0=ftp://viewer.example.org", "Mesh:AllowedOrigins")]
    public void Setting_ThatNoBrowserCouldSend_IsRefusedByName(string setting, string name)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => MeshHost.CreateBuilder([setting], "balancer").BuildMesh());

        Assert.Contains(name + " holds '", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task AssertHostAsync(string host, bool allowed, params string[] settings)
    {
        await using var app = await StartAsync(settings);

        using var json = await PostAsync(app, host, null);
        using var calls = new RawCallClient();
        var grpc = await calls.PostGrpcAsync(MeshHost.Addresses(app)[0], Path, [0, 0, 0, 0, 0], ("host", host));

        var text = await json.Content.ReadAsStringAsync();
        Assert.Equal(!allowed, text.Contains("is not a name of this process", StringComparison.Ordinal));
        Assert.Equal(!allowed, grpc.Message.Contains("is not a name of this process", StringComparison.Ordinal));
        if (!allowed)
            RawCallClient.AssertReason("INVALID_FIELD", grpc);
    }

    private static async Task<WebApplication> StartAsync(params string[] settings)
    {
        var app = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Logging:LogLevel:Default=None", .. settings], "balancer")
            .BuildMesh();
        app.MapMeshDefaults();
        await app.StartAsync();
        return app;
    }

    /// <summary>A browser's question before a call from a page.</summary>
    private static async Task<HttpResponseMessage> AskAsync(WebApplication app, string origin)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Options, MeshHost.Addresses(app)[1] + Path)
        {
            Headers = { { "origin", origin }, { "access-control-request-method", "POST" } },
        };
        return await client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> PostAsync(WebApplication app, string host, string? origin)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, MeshHost.Addresses(app)[1] + Path) { Headers = { Host = host } };
        if (origin is not null)
            request.Headers.Add("origin", origin);
        request.Content = new StringContent("{}", mediaType: new("application/json"));
        return await client.SendAsync(request);
    }
}
