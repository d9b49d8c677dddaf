using System.Diagnostics;
using SynCxr.Mesh.Benchmarks.Exports;
using SynCxr.Mesh.Diffusion;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// A folder of Stable Diffusion 1.5's exact sizes with random float16 weights in external data files: it must load and take two guided
/// steps at 512 × 512 within 16 GiB.
/// </summary>
internal static class StableDiffusionBenchmark
{
    private const int Steps = 2;
    private const int Side = 512;
    private const double GiB = 1 << 30;
    private const double MemoryLimit = 16;

    public static async Task<int> RunAsync()
    {
        var started = Stopwatch.GetTimestamp();
        using var generator = new ScratchGenerator(StableDiffusionShape.Full, threads: 2);
        Console.WriteLine($"U-Net of {generator.Weights / 1e6:F1} M weights, {generator.CountBytes() / 1e9:F2} GB of files; written, "
            + $"loaded and tried in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s");
        var spec = new ResolvedImageSpec(generator.Engine, "a chest radiograph", "", Side, Side, Steps, 7.5, "DDIMScheduler", 1, null);
        started = Stopwatch.GetTimestamp();
        await using var images = new ImageGenerator(new BatcherOptions("image"), 2, new BatcherMetrics(TestMeters.Factory),
            TimeProvider.System);
        var rendering = images.Admit(spec, 0, new BatchRowOptions(), CancellationToken.None);
        await foreach (var step in rendering.Steps(CancellationToken.None))
            Console.WriteLine($"step {step.Step} of {step.Total}: {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s");
        await rendering.Image;
        var peak = Process.GetCurrentProcess().PeakWorkingSet64 / GiB;
        Console.WriteLine($"image of {Side} × {Side} after {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s; at most {peak:F1} GiB of "
            + $"memory ({MemoryLimit} GiB allowed)");
        return peak <= MemoryLimit ? 0 : 1;
    }
}
