using System.Globalization;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// Pairs a second with one, two and four diffusion replicas, each service its own process. The engine is <c>fixed-cost</c>: a replica can do
/// 8 pictures a second, whatever the machine.
/// </summary>
internal static class ScaleBenchmark
{
    private const int PairsPerReplica = 160;

    /// <returns>0 when N replicas make at least 0.9 N times the pairs of one.</returns>
    public static async Task<int> RunAsync()
    {
        var (one, good) = (0.0, true);
        foreach (var replicas in new[] { 1, 2, 4 })
        {
            var rate = await RateAsync(replicas);
            one = replicas == 1 ? rate : one;
            good &= rate >= 0.9 * replicas * one;
            Console.WriteLine($"{replicas} diffusion replicas: {rate:F2} pairs/s, {rate / one:F2} times one (0.9 x {replicas} wanted)");
        }

        return good ? 0 : 1;
    }

    private static async Task<double> RateAsync(int replicas)
    {
        using var scratch = new Scratch();
        var state = scratch["state"];
        await using var mesh = SyncxrProcess.Command(
            "mesh", "up", "--json", "--state", state, "--replicas", string.Create(CultureInfo.InvariantCulture, $"diffusion={replicas}"),
            "--set", "Diffusion:Engine=fixed-cost", "--set", string.Create(CultureInfo.InvariantCulture, $"Balancer:Concurrency={24 * replicas}"));
        while (!mesh.Output.Contains('{', StringComparison.Ordinal))
        {
            if (mesh.HasExited)
                throw new InvalidOperationException(mesh.Error);
            await Task.Delay(200);
        }

        var spec = scratch["spec.yaml"];
        await File.WriteAllTextAsync(spec, string.Create(CultureInfo.InvariantCulture, $"pairs: {PairsPerReplica * replicas}\nseed: 7\npreset: demo\ncuration:\n  accept_all: true\n"));
        var (code, result, error) = await SyncxrProcess.RunJsonAsync("dataset", "create", "-f", spec, "--watch", "--state", state);
        if (code != 0)
            throw new InvalidOperationException(error);
        await mesh.SignalAsync("INT");
        await mesh.WaitAsync();
        return result.GetProperty("pairs_per_second").GetDouble();
    }
}
