using System.Diagnostics;
using System.Globalization;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// Where the time of a data set goes, with one replica a service and the shipped models: how much of a stage's time, from its first batch
/// to its last, its engine works. The slowest stage is to have no time to lose.
/// </summary>
internal static class StagesBenchmark
{
    private const int WarmUp = 48;
    private const int Pairs = 96;
    private const int Threads = 2;
    private static readonly string[] _engines = ["diffusion", "curation"];

    /// <returns>0 when the slowest stage's engine works for nine tenths of the stage's time.</returns>
    public static async Task<int> RunAsync()
    {
        await using var mesh = await MeshUpProcess.StartAsync(
            "--set", string.Create(CultureInfo.InvariantCulture, $"Diffusion:Threads={Threads}"), "--set",
            string.Create(CultureInfo.InvariantCulture, $"Curation:Threads={Threads}"));
        // until here the processes compile more than they work
        await mesh.CreateDatasetAsync(string.Create(CultureInfo.InvariantCulture, $"pairs: {WarmUp}\nseed: 1\npreset: demo\n"));
        using var stop = new CancellationTokenSource();
        var watches = _engines.ToDictionary(e => e, e => WatchAsync(mesh.Replicas.Single(r => r.Service == e).Json, stop.Token));
        var before = Processors(mesh);
        var clock = Stopwatch.StartNew();
        var made = await mesh.CreateDatasetAsync(string.Create(CultureInfo.InvariantCulture, $"pairs: {Pairs}\nseed: 7\npreset: demo\n"));
        var whole = clock.Elapsed.TotalSeconds;
        var used = Processors(mesh).Select(p => (p.Service, Seconds: p.Seconds - before.First(b => b.Service == p.Service).Seconds))
            .ToList();
        await stop.CancelAsync();

        var figures = new MeasurementTable(string.Create(
            CultureInfo.InvariantCulture,
            $"stages: {Pairs} pairs, {made.GetProperty("attempts").GetInt32()} attempts in {whole:F1} s; shipped models, "
                + $"{Threads} threads each"));
        var stages = new List<(string Name, double Engine, double Wall)>();
        foreach (var (name, watch) in watches)
        {
            var (engine, wall) = Span(await watch);
            stages.Add((name, engine, wall));
        }

        var slowest = stages.MaxBy(s => s.Engine).Name;
        foreach (var (name, engine, wall) in stages)
        {
            var share = engine / wall;
            figures.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: engine {engine:F1} s of {wall:F1} s"), $"{share:P1}",
                name == slowest ? ">= 90 %" : "", name == slowest ? share >= 0.9 : null);
        }

        foreach (var (service, seconds) in used)
            figures.Add($"  processor time of {service}", $"{seconds:F1} s");
        Console.Write(figures);
        return figures.AllHold ? 0 : 1;
    }

    /// <summary>A service's own count of its batches, and their time, a few times a second.</summary>
    private static async Task<List<(double At, double Batches, double Seconds)>> WatchAsync(string json, CancellationToken stop)
    {
        using var http = new HttpClient();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(350)); // the service keeps a page for 300 ms
        var (clock, seen) = (Stopwatch.StartNew(), new List<(double, double, double)>());
        do
        {
            var page = await MetricsPage.ReadAsync(http, json);
            seen.Add(
                (clock.Elapsed.TotalSeconds, page.Sum("syncxr_batcher_turn_seconds_count"), page.Sum("syncxr_batcher_turn_seconds_sum")));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
        while (!stop.IsCancellationRequested);
        return seen;
    }

    /// <summary>
    /// From the last look before the first batch to the first look after the last one: the stage's time is at most a look shorter at either
    /// end.
    /// </summary>
    private static (double Engine, double Wall) Span(List<(double At, double Batches, double Seconds)> seen)
    {
        var first = seen.FindLastIndex(s => s.Batches == seen[0].Batches);
        var last = seen.FindIndex(s => s.Batches == seen[^1].Batches);
        return (seen[last].Seconds - seen[first].Seconds, seen[last].At - seen[first].At);
    }

    private static List<(string Service, double Seconds)> Processors(MeshUpProcess mesh) =>
        [.. mesh.Replicas.Select(r => (r.Service, ProcessorTime.UsedSeconds(r.Pid)))];
}
