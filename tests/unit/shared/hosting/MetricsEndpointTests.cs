using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Shared.Tests.Hosting.Replicas;
using SynCxr.Mesh.Testkit.Load;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting;

/// <summary>What Prometheus reads on the JSON port.</summary>
[Collection(MetricsEndpointTestsDefinition.Name)]
public sealed class MetricsEndpointTests
{
    [Fact]
    public async Task Metrics_AfterACallThatWasRepeated_CountsItByPeerAndReason()
    {
        await using var full = await ReplicaServer.StartAsync();
        await using var client = await ReplicaServer.StartAsync();
        full.Service.RetryAfter = TimeSpan.FromMilliseconds(1);
        await using var caller = new ReplicaClient($"--Peers:report={full.Address}", "--Mesh:CallAttempts=3");
        await Assert.ThrowsAsync<RpcException>(caller.CallAsync);
        using var http = new HttpClient();

        var text = await http.GetStringAsync(new Uri(client.JsonAddress + MeshTelemetry.MetricsPath));

        var line = Assert.Single(text.Split('\n'),
            l => l.StartsWith("syncxr_client_retries", StringComparison.Ordinal) && l.Contains("reason=\"QUEUE_FULL\"",
                StringComparison.Ordinal) && l.Contains("peer=\"report\"", StringComparison.Ordinal));
        Assert.True(double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) >= 2, line);
    }

    /// <summary>To HTTP every gRPC call is a 200: without the reason, a refusal's time would drown in that of the work.</summary>
    [Fact]
    public async Task Metrics_AfterARefusal_HaveItsTimeByReason()
    {
        await using var server = await ReplicaServer.StartAsync();
        await using var caller = new ReplicaClient($"--Peers:report={server.Address}", "--Mesh:CallAttempts=1");
        using var http = new HttpClient();
        await caller.CallAsync();
        server.Service.RetryAfter = TimeSpan.FromMilliseconds(1);
        var before = await MetricsPage.ReadAsync(http, server.JsonAddress);

        var refusal = await Assert.ThrowsAsync<RpcException>(caller.CallAsync);
        Assert.Equal("QUEUE_FULL", refusal.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason);

        var (count, bound) = (0.0, double.NaN);
        // a page is kept for 300 ms
        for (var clock = Stopwatch.StartNew(); count == 0 && clock.Elapsed < TimeSpan.FromSeconds(10); await Task.Delay(50))
        {
            (count, bound) = (await MetricsPage.ReadAsync(http, server.JsonAddress))
                .Quantile(0.99, before, "http_server_request_duration_seconds", "ExtractEntities\"", "syncxr_reason=\"QUEUE_FULL\"");
        }

        Assert.True(count >= 1, $"{count} refusals");
        Assert.InRange(bound, 0.001, 10);
    }
}

/// <summary>
/// Meters are the process's: a host that another test ends meanwhile takes its counts off the page, and a difference of two pages is wrong.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MetricsEndpointTestsDefinition
{
    public const string Name = "metrics page";
}
