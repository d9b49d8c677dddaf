using System.Globalization;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>Whether health answers while a balancer is kept busy with the most expensive calls that it takes.</summary>
internal static class HealthBenchmark
{
    private const int Callers = 12;
    private static readonly TimeSpan _wanted = TimeSpan.FromMilliseconds(100);

    /// <param name="minutes">How long.</param>
    /// <returns>0 when 99 of 100 checks took at most 100 ms, and no call failed but for want of a place.</returns>
    public static async Task<int> RunAsync(double minutes)
    {
        await using var mesh = await MeshUpProcess.StartAsync();
        var balancer = mesh.Replicas.Single(r => r.Service == "balancer");

        var seen = await HealthUnderLoadScenario.RunAsync(balancer.Grpc, Callers, TimeSpan.FromMinutes(minutes));

        var figures = new MeasurementTable(string.Create(CultureInfo.InvariantCulture,
            $"health: {seen.Health.Count} checks in {minutes} min beside {Callers} callers of 10,000 sets or plans of 1,000,000 pairs"));
        foreach (var (name, share) in new[] { ("median", 0.5), ("95 %", 0.95), ("slowest", 1) })
            figures.Add(name, $"{seen.Quantile(share).TotalMilliseconds:F1} ms");
        var almostAll = seen.Quantile(0.99);
        figures.Add("99 %", $"{almostAll.TotalMilliseconds:F1} ms", "<= 100 ms", almostAll <= _wanted, ofTheClock: true);
        figures.Add("calls answered", $"{seen.Answered}", "> 0", seen.Answered > 0);
        figures.Add("calls refused with push-back", $"{seen.Refused}");
        figures.Add("calls that failed", $"{string.Join("; ", seen.Failed.Distinct())}", "none", seen.Failed.Count == 0);
        Console.Write(figures);
        return figures.AllHold ? 0 : 1;
    }
}
