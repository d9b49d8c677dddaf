using System.Diagnostics;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>
/// Images per second of several replicas of the diffusion service, through the client that the services use: how well it balances them,
/// without the work of other services.
/// </summary>
public static class ReplicaScalingScenario
{
    private const string BatcherTurnMetric = "syncxr_batcher_turn_seconds";

    /// <param name="ImagesPerSecond">Images per second.</param>
    /// <param name="BusyShare">Share of the time that the engines were busy.</param>
    /// <param name="RowsPerStep">Images that shared a denoising step, on average; at most eight.</param>
    /// <param name="ProcessorSecondsPerImage">Processor seconds of an image, in the services and in the load generator.</param>
    /// <param name="IdleCores">Cores that were idle.</param>
    public sealed record Result(double ImagesPerSecond, int FailedCalls, double BusyShare, double RowsPerStep,
        (double Service, double Client) ProcessorSecondsPerImage, double IdleCores);

    /// <param name="warmUp">Seconds before the measurement: a process spends its first hundred images mostly on compilation.</param>
    public static async Task<Result> RunAsync(int replicas, int warmUp, int seconds)
    {
        var started = new List<DiffusionReplicaProcess>();
        try
        {
            started.AddRange(await Task.WhenAll(Enumerable.Range(0, replicas).Select(_ => DiffusionReplicaProcess.StartAsync())));
            // Three full batches of callers for each replica: one is rendered and two wait, so that no engine runs out of work.
            await using var callers = new ClosedLoopLoadGenerator(started.Select(r => r.Address), 24 * replicas);
            return await MeasureAsync(callers, started, warmUp, seconds);
        }
        finally
        {
            foreach (var replica in started)
                await replica.DisposeAsync();
        }
    }

    private static async Task<Result> MeasureAsync(ClosedLoopLoadGenerator callers, List<DiffusionReplicaProcess> replicas, int warmUp,
        int seconds)
    {
        var clock = Stopwatch.StartNew();
        using var http = new HttpClient();
        await Task.Delay(TimeSpan.FromSeconds(warmUp));
        var (from, before, first) = (clock.Elapsed, ReadProcessorTimes(replicas), callers.CompletedCalls);
        var earlier = await PagesAsync();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var later = await PagesAsync();
        var (span, after, images) = ((clock.Elapsed - from).TotalSeconds, ReadProcessorTimes(replicas),
            (double)(callers.CompletedCalls - first));
        await callers.StopAsync();
        double Grown(string name) => later.Sum(p => p.Sum(name)) - earlier.Sum(p => p.Sum(name));
        return new Result(
            images / span, callers.Failures.Count, Grown(BatcherTurnMetric + "_sum") / span / replicas.Count,
            Grown("syncxr_batcher_rows_sum") / Grown(BatcherTurnMetric + "_count"),
            ((after.Services - before.Services) / images, (after.Client - before.Client) / images), (after.Idle - before.Idle) / span);

        async Task<MetricsPage[]> PagesAsync() => await Task.WhenAll(replicas.Select(r => MetricsPage.ReadAsync(http, r.JsonAddress)));
    }

    private static (double Services, double Client, double Idle) ReadProcessorTimes(List<DiffusionReplicaProcess> replicas) =>
        (replicas.Sum(r => ProcessorTime.UsedSeconds(r.Process.Id)), ProcessorTime.UsedSeconds(Environment.ProcessId),
            ProcessorTime.IdleSeconds());
}
