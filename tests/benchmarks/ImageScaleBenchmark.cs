using System.Globalization;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>Pictures a second from one, two and four replicas.</summary>
internal static class ImageScaleBenchmark
{
    private const int Seconds = 16;

    /// <returns>0 when N replicas make at least 0.9 N times the pictures of one.</returns>
    public static async Task<int> RunAsync(params int[] counts)
    {
        var figures = new Figures("scale of images: fixed-cost engine, 8 pictures/s a replica");
        var one = 0.0;
        foreach (var replicas in counts)
        {
            var result = await ImageScale.RunAsync(replicas, warmUp: 15, Seconds);
            one = replicas == 1 ? result.Rate : one;
            figures.Add(
                string.Create(CultureInfo.InvariantCulture, $"{replicas} replicas"), $"{result.Rate:F2} /s", string.Create(CultureInfo.InvariantCulture, $">= {0.9 * replicas * one:F1}"),
                result.Rate >= 0.9 * replicas * one);
            figures.Add("  failed calls", $"{result.Failed}", "0", result.Failed == 0);
            figures.Add("  engine busy, pictures a step", $"{result.Busy:P0}, {result.Rows:F1}");
            figures.Add("  processor time a picture, service + client", $"{result.Cost.Service * 1000:F0} + {result.Cost.Client * 1000:F0} ms");
            figures.Add("  cores that were idle", $"{result.Cores:F2}");
        }

        Console.Write(figures);
        return figures.Hold ? 0 : 1;
    }
}
