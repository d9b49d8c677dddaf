using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Diffusion.V1;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>
/// Ten times the load that one diffusion replica can serve. It goes on serving what it can, refuses the rest quickly with a time to retry
/// after, and its memory does not grow; a standard Node client that waits for that time gets all its images meanwhile.
/// </summary>
public static class OverloadScenario
{
    private const int OverloadFactor = 10;
    private const string RequestDurationMetric = "http_server_request_duration_seconds";

    /// <summary>The packages of the Node client, and the command that installs them.</summary>
    public static (string Folder, string How) NodePackages { get; } =
        (Path.Combine(Repository.Root, "tests", "polyglot", "node", "node_modules"), "npm ci --prefix tests/polyglot/node");

    /// <param name="seconds">Length of the overload; the Node client starts at two thirds of it.</param>
    /// <param name="patient">Number of calls of the Node client.</param>
    /// <param name="settings">Settings of the service, beside the engine.</param>
    public static async Task<MeasurementTable> RunAsync(int seconds, int patient, params string[] settings)
    {
        await using var replica = await DiffusionReplicaProcess.StartAsync(settings);
        using var http = new HttpClient();
        var peak = await MeasurePeakAsync(replica.Address, Math.Max(6, seconds / 3));
        var before = await MetricsPage.ReadAsync(http, replica.JsonAddress);
        using var enough = new CancellationTokenSource();
        var flood = new OpenLoopLoadGenerator(replica.Address, OverloadFactor * DiffusionReplicaProcess.ImagesPerSecond);
        var flooding = flood.RunAsync(enough.Token);
        var memory = SampleMemoryAsync(replica, seconds);
        await Task.Delay(TimeSpan.FromSeconds(seconds * 2 / 3.0));
        var node = await RunPatientNodeClientAsync(replica.Address, patient);
        await memory;
        await enough.CancelAsync();
        await flooding;
        var after = await MetricsPage.ReadAsync(http, replica.JsonAddress);
        var server = after.Quantile(0.99, before, RequestDurationMetric, "GenerateImage\"", "syncxr_reason=\"QUEUE_FULL\"");
        return Tabulate(peak, seconds, flood.Calls, await memory, server, patient, node);
    }

    private static MeasurementTable Tabulate(
        double peak, int seconds, IReadOnlyCollection<OpenLoopLoadGenerator.Call> calls, List<long> memory,
        (double Count, double P99) server, int patient, (int Images, string Said) node)
    {
        var accepted = calls.Count(c => c.Status == StatusCode.OK && c.End > 2 && c.End <= seconds) / (seconds - 2.0);
        var refused = calls.Where(c => c.Status == StatusCode.Unavailable).ToList();
        var silent = refused.Count(c => !c.HasPushBack);
        var p99 = Quantile(0.99, refused.Select(c => c.End - c.Due));
        var growth = (memory.Skip(5).Max() - memory[5]) / 1048576.0;
        var others = calls.Where(c => c.Status is not (StatusCode.OK or StatusCode.Unavailable)).ToList();
        var figures = new MeasurementTable(string.Create(
            CultureInfo.InvariantCulture,
            $"overload: {calls.Count} calls in {calls.Max(c => c.Due):F0} s, {OverloadFactor} times the "
                + $"{DiffusionReplicaProcess.ImagesPerSecond} images/s of the engine"));
        figures.Add("accepted", $"{accepted:F2} /s", string.Create(CultureInfo.InvariantCulture, $">= {0.9 * peak:F2}"),
            accepted >= 0.9 * peak);
        figures.Add("  peak, 16 callers in a circle", $"{peak:F2} /s");
        figures.Add("refused with push-back", $"{refused.Count - silent} of {refused.Count}", "all", refused.Count > 0 && silent == 0);
        figures.Add("  in the server's histogram", $"{server.Count:F0}", "> 0", server.Count > 0);
        figures.Add("refusal in the server, p99 (its histogram)", $"<= {server.P99 * 1000:F0} ms", "<= 50 ms", server.P99 <= 0.05,
            ofTheClock: true);
        figures.Add("refusal at the client, p99", $"{p99 * 1000:F1} ms", "<= 250 ms", p99 <= 0.25, ofTheClock: true);
        figures.Add("  p50", $"{Quantile(0.5, refused.Select(c => c.End - c.Due)) * 1000:F1} ms");
        figures.Add("  of it, the generator came late, p99", $"{Quantile(0.99, refused.Select(c => c.SendDelay)) * 1000:F1} ms");
        var slowest = refused.OrderByDescending(c => c.End - c.Due).Take(Math.Max(1, refused.Count / 100)).ToList();
        figures.Add("  of the slowest hundredth, in second 0", $"{slowest.Count(c => c.Due < 1)} of {slowest.Count}");
        figures.Add("resident memory after second 5", $"{growth:+0.0;-0.0} MB", "<= 64 MB", growth <= 64);
        figures.Add("calls that ended in another way", $"{others.Count}{(others.Count > 0 ? " " + others[0].Status : "")}", "0",
            others.Count == 0);
        figures.Add("images of the Node client's calls", $"{node.Images} of {patient}", "all", node.Images == patient);
        if (node.Images != patient)
            figures.Add(node.Said.Trim(), $"");
        return figures;
    }

    /// <summary>Images per second of one replica, for callers that wait for their answers.</summary>
    private static async Task<double> MeasurePeakAsync(string address, int seconds)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = new DiffusionService.DiffusionServiceClient(channel);
        var (done, clock) = (0, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async caller =>
        {
            for (var i = 0; clock.Elapsed.TotalSeconds < seconds + 2; i++)
            {
                using var call = client.GenerateImage(
                    new GenerateImageRequest { Spec = DiffusionReplicaProcess.CreateSpec(1_000_000 + (caller * 1000) + i) });
                await foreach (var part in call.ResponseStream.ReadAllAsync())
                    _ = part;
                if (clock.Elapsed.TotalSeconds > 2 && clock.Elapsed.TotalSeconds <= seconds + 2)
                    Interlocked.Increment(ref done);
            }
        }));
        return done / (double)seconds;
    }

    /// <summary>Resident memory in bytes, once a second.</summary>
    private static async Task<List<long>> SampleMemoryAsync(DiffusionReplicaProcess replica, int seconds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var memory = new List<long>();
        do
            memory.Add(replica.ReadResidentBytes());
        while (memory.Count <= seconds && await timer.WaitForNextTickAsync());
        return memory;
    }

    private static async Task<(int Images, string Said)> RunPatientNodeClientAsync(string address, int calls)
    {
        var client = Path.Combine(Repository.Root, "tests", "polyglot", "node", "patient.mjs");
        using var node = Process.Start(
            new ProcessStartInfo("node", [client, new Uri(address).Authority, calls.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var output = node.StandardOutput.ReadToEndAsync();
        var error = node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        var said = await output + await error;
        return (int.TryParse(said.Split(' ')[0], CultureInfo.InvariantCulture, out var images) ? images : 0, said);
    }

    private static double Quantile(double quantile, IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * quantile))];
    }
}
