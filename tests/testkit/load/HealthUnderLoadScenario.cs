using System.Diagnostics;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Dataset.V1;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>How long health takes to answer while callers keep asking for the most expensive things that a balancer computes.</summary>
/// <param name="Health">Times of the health checks, rising.</param>
/// <param name="Answered">Expensive calls that were answered.</param>
/// <param name="Refused">Expensive calls that were refused with push-back.</param>
/// <param name="Failed">What else happened to expensive calls; nothing should.</param>
public sealed record HealthUnderLoadScenario(IReadOnlyList<TimeSpan> Health, int Answered, int Refused, IReadOnlyList<string> Failed)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    /// <param name="address">gRPC address of a balancer.</param>
    /// <param name="callers">Expensive calls that are always under way.</param>
    /// <param name="duration">How long.</param>
    public static async Task<HealthUnderLoadScenario> RunAsync(string address, int callers, TimeSpan duration)
    {
        using var stop = new CancellationTokenSource(duration);
        var (answered, refused, failed) = (0, 0, new List<string>());
        var load = Enumerable.Range(0, callers).Select(number => Task.Run(() => CallAsync(number))).ToList();
        var health = await MeasureHealthAsync(address, stop.Token);
        await Task.WhenAll(load);
        return new HealthUnderLoadScenario([.. health.Order()], answered, refused, failed);

        async Task CallAsync(int number)
        {
            using var channel = GrpcChannel.ForAddress(address);
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await CallOnceAsync(channel, number, stop.Token);
                    Interlocked.Increment(ref answered);
                }
                catch (RpcException error) when (error.StatusCode == StatusCode.Cancelled)
                {
                    return;
                }
                catch (RpcException error) when (error.Trailers.GetValue("grpc-retry-pushback-ms") is { } wait)
                {
                    Interlocked.Increment(ref refused);
                    await Task.Delay(int.Parse(wait, System.Globalization.CultureInfo.InvariantCulture), stop.Token)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                catch (RpcException error)
                {
                    lock (failed)
                        failed.Add($"{error.StatusCode}: {error.Status.Detail}");
                    return;
                }
            }
        }
    }

    /// <summary>The time that this share of the checks stayed below.</summary>
    public TimeSpan Quantile(double share) => Health[Math.Min(Health.Count - 1, (int)(share * Health.Count))];

    private static async Task CallOnceAsync(GrpcChannel channel, int number, CancellationToken stop)
    {
        var draw = new SamplingSpec { FindingsPerSet = 16, AnatomyPerSet = 8, Scope = FindingScope.All };
        if (number % 2 == 0)
            await new BalancerService.BalancerServiceClient(channel).SampleEntitySetsAsync(
                new SampleEntitySetsRequest { Spec = draw, Count = 10_000, Seed = (ulong)number }, cancellationToken: stop);
        else
            await new DatasetService.DatasetServiceClient(channel).CreateDatasetAsync(new CreateDatasetRequest
            {
                Spec = new DatasetSpec { Pairs = 1_000_000, Seed = (ulong)number, Draw = draw },
                ValidateOnly = true,
            }, cancellationToken: stop);
    }

    private static async Task<List<TimeSpan>> MeasureHealthAsync(string address, CancellationToken stop)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var health = new Grpc.Health.V1.Health.HealthClient(channel);
        var times = new List<TimeSpan>();
        while (!stop.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            await health.CheckAsync(new HealthCheckRequest { Service = "live" }, cancellationToken: CancellationToken.None);
            times.Add(clock.Elapsed);
            await Task.Delay(_interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return times;
    }
}
