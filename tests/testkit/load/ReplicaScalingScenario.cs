using System.Diagnostics;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>
/// Pictures a second from several replicas of the diffusion service through the mesh's own client: what finding and choosing replicas is
/// worth, without the work of the other services.
/// </summary>
public static class ReplicaScalingScenario
{
    private const string BatcherTurnMetric = "syncxr_batcher_turn_seconds";

    /// <param name="ImagesPerSecond">Pictures a second.</param>
    /// <param name="BusyShare">Share of the time that the engines worked.</param>
    /// <param name="RowsPerStep">Pictures that shared a step, on average; eight at most.</param>
    /// <param name="ProcessorSecondsPerImage">Processor seconds of a picture in the services, and in the load generator.</param>
    /// <param name="IdleCores">Cores that nobody used.</param>
    public sealed record Result(double ImagesPerSecond, int FailedCalls, double BusyShare, double RowsPerStep,
        (double Service, double Client) ProcessorSecondsPerImage, double IdleCores);

    /// <param name="warmUp">Seconds until the measured ones: a process that has drawn less than a hundred pictures compiles more than it
    /// draws.</param>
    public static async Task<Result> RunAsync(int replicas, int warmUp, int seconds)
    {
        var started = new List<DiffusionReplicaProcess>();
        try
        {
            started.AddRange(await Task.WhenAll(Enumerable.Range(0, replicas).Select(_ => DiffusionReplicaProcess.StartAsync())));
            // Three full batches of callers a replica: one that is drawn, two that wait, so that no engine is short of work.
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
        var (span, after, pictures) = ((clock.Elapsed - from).TotalSeconds, ReadProcessorTimes(replicas),
            (double)(callers.CompletedCalls - first));
        await callers.StopAsync();
        double Grown(string name) => later.Sum(p => p.Sum(name)) - earlier.Sum(p => p.Sum(name));
        return new Result(
            pictures / span, callers.Failures.Count, Grown(BatcherTurnMetric + "_sum") / span / replicas.Count,
            Grown("syncxr_batcher_rows_sum") / Grown(BatcherTurnMetric + "_count"),
            ((after.Services - before.Services) / pictures, (after.Client - before.Client) / pictures), (after.Idle - before.Idle) / span);

        async Task<MetricsPage[]> PagesAsync() => await Task.WhenAll(replicas.Select(r => MetricsPage.ReadAsync(http, r.JsonAddress)));
    }

    private static (double Services, double Client, double Idle) ReadProcessorTimes(List<DiffusionReplicaProcess> replicas) =>
        (replicas.Sum(r => ProcessorTime.UsedSeconds(r.Process.Id)), ProcessorTime.UsedSeconds(Environment.ProcessId),
            ProcessorTime.IdleSeconds());
}
