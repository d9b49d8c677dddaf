using System.Globalization;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Shared.Tests.Hosting.Replicas;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting;

/// <summary>What Prometheus reads on the JSON port.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_AfterACallThatWasRepeated_CountsItByPeerAndReason()
    {
        await using var full = await ReplicaServer.StartAsync();
        await using var client = await ReplicaServer.StartAsync();
        full.Service.FullFor = TimeSpan.FromMilliseconds(1);
        await using var caller = new ReplicaClient($"--Peers:report={full.Address}", "--Mesh:CallAttempts=3");
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(caller.CallAsync);
        using var http = new HttpClient();

        var text = await http.GetStringAsync(new Uri(client.JsonAddress + MeshTelemetry.MetricsPath));

        var line = Assert.Single(text.Split('\n'), l => l.StartsWith("syncxr_client_retries", StringComparison.Ordinal) && l.Contains("reason=\"QUEUE_FULL\"", StringComparison.Ordinal) && l.Contains("peer=\"report\"", StringComparison.Ordinal));
        Assert.True(double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) >= 2, line);
    }
}
