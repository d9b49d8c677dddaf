using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Shared.Tests.Hosting.Identity;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Operations;

/// <summary>A port that asks nobody who he is, and has nothing that is a tenant's.</summary>
public sealed class OperationsMiddlewareTests
{
    [Fact]
    public async Task Port_WithoutIdentity_AnswersMetricsAndProbesOnly()
    {
        using var scratch = new ScratchFolder();
        await File.WriteAllTextAsync(scratch["tokens.json"], """
            {"tokens": [{"name": "a", "token": "a-token/of=the:viewer", "tenant": "team-a", "roles": ["read"], "expires": "2100-01-01"}]}
            """, TestContext.Current.CancellationToken);
        await using var server = await GuardedServer.StartAsync("--Mesh:OperationsPort=0", "--Mesh:Authentication=token",
            $"--Mesh:TokenFile={scratch["tokens.json"]}", "--Mesh:DrainDelay=00:00:02");
        using var http = new HttpClient();
        async Task<(HttpStatusCode, string)> GetAsync(string address, string path)
        {
            using var answer = await http.GetAsync(new Uri(address + path), TestContext.Current.CancellationToken);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal((HttpStatusCode.OK, "SERVING\n"), await GetAsync(server.Operations, "/live"));
        Assert.Equal((HttpStatusCode.OK, "SERVING\n"), await GetAsync(server.Operations, "/ready"));
        var (code, page) = await GetAsync(server.Operations, MeshTelemetry.MetricsPath);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Contains("http_server", page, StringComparison.Ordinal);
        foreach (var path in new[] { "/", "/v1/report/models", GuardedServer.ListModels })
            Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(server.Operations, path)).Item1);
        foreach (var path in new[] { MeshTelemetry.MetricsPath, "/v1/report/models", "/live" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(server.Json, path)).Item1);

        server.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "NOT_SERVING\n"), await GetAsync(server.Operations, "/ready"));
        Assert.Equal((HttpStatusCode.OK, "SERVING\n"), await GetAsync(server.Operations, "/live"));
    }
}
