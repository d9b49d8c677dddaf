using System.Diagnostics;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Xunit;

namespace SynCxr.Mesh.Testkit;

/// <summary>Waits for <c>ready</c> by the standard health service, as an orchestrator does.</summary>
public static class ReadinessProbe
{
    /// <param name="channel">To the process that is starting.</param>
    /// <param name="hasEnded">True when waiting is in vain.</param>
    /// <param name="told">What the process said, for the failure.</param>
    public static async Task ConnectUntilServingAsync(this GrpcChannel channel, Func<bool> hasEnded, Func<string> told)
    {
        var health = new Health.HealthClient(channel);
        for (var clock = Stopwatch.StartNew(); !await IsServingAsync(health); await Task.Delay(100))
        {
            Assert.False(hasEnded(), told());
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{channel.Target} is not ready after 60 s:\n{told()}");
        }
    }

    /// <summary>The same on the operations port, which needs no identity.</summary>
    public static async Task WaitUntilReadyAsync(this SyncxrProcess process, int operationsPort)
    {
        using var http = new HttpClient();
        var address = new UriBuilder("http", "127.0.0.1", operationsPort, "ready").Uri;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await IsReadyAsync(http, address, limit.Token))
        {
            Assert.False(process.HasExited, process.Output + process.Error);
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri address, CancellationToken limit)
    {
        try
        {
            return (await http.GetAsync(address, limit)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // it does not listen yet
        }
    }

    private static async Task<bool> IsServingAsync(Health.HealthClient health)
    {
        try
        {
            var answer = await health.CheckAsync(new HealthCheckRequest { Service = "ready" },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(2));
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving;
        }
        catch (RpcException)
        {
            return false;
        }
    }
}
