using System.Globalization;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>Images a second from one, two and four replicas.</summary>
internal static class ImageScaleBenchmark
{
    private const int Seconds = 16;

    /// <returns>0 when N replicas make at least 0.9 N times the images of one.</returns>
    public static async Task<int> RunAsync(params int[] counts)
    {
        var figures = new MeasurementTable("scale of images: fixed-cost engine, 8 images/s a replica");
        var one = 0.0;
        foreach (var replicas in counts)
        {
            var result = await ReplicaScalingScenario.RunAsync(replicas, warmUp: 15, Seconds);
            one = replicas == 1 ? result.ImagesPerSecond : one;
            figures.Add(
                string.Create(CultureInfo.InvariantCulture, $"{replicas} replicas"), $"{result.ImagesPerSecond:F2} /s",
                string.Create(CultureInfo.InvariantCulture, $">= {0.9 * replicas * one:F1}"),
                result.ImagesPerSecond >= 0.9 * replicas * one);
            figures.Add("  failed calls", $"{result.FailedCalls}", "0", result.FailedCalls == 0);
            figures.Add("  engine busy, images a step", $"{result.BusyShare:P0}, {result.RowsPerStep:F1}");
            figures.Add("  processor time an image, service + client",
                $"{result.ProcessorSecondsPerImage.Service * 1000:F0} + {result.ProcessorSecondsPerImage.Client * 1000:F0} ms");
            figures.Add("  cores that were idle", $"{result.IdleCores:F2}");
        }

        Console.Write(figures);
        return figures.AllHold ? 0 : 1;
    }
}
