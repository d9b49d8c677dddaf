using System.Globalization;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// Pairs a second with one, two and four diffusion replicas, each service its own process. The engine is <c>fixed-cost</c>: a replica can
/// do 8 images a second, whatever the machine; the other stages cost processor time, and the table says how much.
/// </summary>
internal static class ScaleBenchmark
{
    private const int PairsPerReplica = 160;

    /// <returns>0 when N replicas make at least 0.9 N times the pairs of one.</returns>
    public static async Task<int> RunAsync(params int[] counts)
    {
        var figures = new MeasurementTable("scale of pairs: fixed-cost engine, 8 images/s a replica");
        var one = 0.0;
        foreach (var replicas in counts)
        {
            await using var mesh = await MeshUpProcess.StartAsync(
                "--replicas", string.Create(CultureInfo.InvariantCulture, $"diffusion={replicas}"),
                "--set", "Diffusion:Engine=fixed-cost", "--set",
                string.Create(CultureInfo.InvariantCulture, $"Balancer:Concurrency={24 * replicas}"));
            await mesh.CreateDatasetAsync(Spec(64 * replicas, seed: 1)); // until here the processes compile more than they work
            var (idle, before) = (ProcessorTime.IdleSeconds(), Processors(mesh));
            var pairs = PairsPerReplica * replicas;
            var made = await mesh.CreateDatasetAsync(Spec(pairs, seed: 7));
            var rate = made.GetProperty("pairs_per_second").GetDouble();
            var idled = (ProcessorTime.IdleSeconds() - idle) * rate / pairs;
            one = replicas == counts[0] ? rate / replicas : one;
            figures.Add(
                string.Create(CultureInfo.InvariantCulture, $"{replicas} diffusion replicas"), $"{rate:F2} pairs/s",
                string.Create(CultureInfo.InvariantCulture, $">= {0.9 * replicas * one:F1}"), rate >= 0.9 * replicas * one);
            var used = Processors(mesh).Select(p => (Service: p.Key, Ms: (p.Value - before[p.Key]) * 1000 / pairs)).Where(p => p.Ms >= 0.5)
                .ToList();
            figures.Add("  processor time a pair, all services", $"{used.Sum(u => u.Ms):F0} ms");
            figures.Add("  " + string.Join(", ", used.Select(u => string.Create(CultureInfo.InvariantCulture, $"{u.Service} {u.Ms:F0}"))),
                $"");
            figures.Add("  cores that were idle", $"{idled:F2}");
        }

        Console.Write(figures);
        return figures.AllHold ? 0 : 1;
    }

    private static string Spec(int pairs, int seed) =>
        string.Create(CultureInfo.InvariantCulture, $"pairs: {pairs}\nseed: {seed}\npreset: demo\ncuration:\n  accept_all: true\n");

    private static Dictionary<string, double> Processors(MeshUpProcess mesh) =>
        mesh.Replicas.GroupBy(r => r.Service).ToDictionary(g => g.Key, g => g.Sum(r => ProcessorTime.UsedSeconds(r.Pid)));
}
