using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using SynCxr.Mesh.Benchmarks.Exports;
using SynCxr.Mesh.Diffusion;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// The engine's denoising step, guidance and scheduler included, against a bare loop over ONNX Runtime: the same session options, slice
/// shape and workers, and beside it the fastest bare loop of any threads and batch.
/// </summary>
internal static class DenoisingBenchmark
{
    private const int Workers = 2;
    private const int Images = 4;
    private const int Rows = 2 * Images;
    private const int Steps = 4;
    private const int Rounds = 4;
    private const double Allowed = 1.03;

    private sealed record BareLoop(int Slice, int Threads)
    {
        public int Parallel => Threads == 1 ? Workers : 1;
    }

    public static async Task<int> RunAsync()
    {
        using var generator = new ScratchGenerator(StableDiffusionShape.Small, Workers);
        var side = StableDiffusionShape.Small.SampleSize;
        Console.WriteLine($"U-Net of {generator.Weights / 1e6:F1} M weights, latents 4 × {side} × {side}, {Rows} rows, {Workers} workers");
        BareLoop same = new(RowSliceRunner.LargeSlice, Threads: 1);
        BareLoop[] loops = [same, new(2, 1), new(4, Workers), new(Rows, Workers)];
        var ratios = new List<double>();
        var best = new Dictionary<BareLoop, double>();
        var engineBest = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var engine = await MeasureEngineAsync(generator, (ulong)round);
            engineBest = Math.Min(engineBest, engine);
            foreach (var loop in loops)
            {
                var seconds = MeasureBareLoop(generator.UNetPath, loop, side);
                best[loop] = Math.Min(best.GetValueOrDefault(loop, double.MaxValue), seconds);
                if (loop == same)
                    ratios.Add(engine / seconds);
            }
        }
        foreach (var loop in loops)
            Console.WriteLine($"  bare loop, slices of {loop.Slice}, {loop.Threads} threads an operator: {best[loop] * 1000:F0} ms a step");
        Console.WriteLine($"  engine: {engineBest * 1000:F0} ms a step");
        var ratio = engineBest / best[same];
        Console.WriteLine($"engine ÷ same bare loop {ratio:F3} (at most {Allowed}; by round "
            + $"{string.Join(", ", ratios.Select(r => $"{r:F2}"))}); ÷ fastest bare loop {engineBest / best.Values.Min():F3}");
        return ratio <= Allowed ? 0 : 1;
    }

    /// <summary>Seconds of a step, from the end of the first one to the end of the last.</summary>
    private static async Task<double> MeasureEngineAsync(ScratchGenerator generator, ulong seed)
    {
        var side = StableDiffusionShape.Small.SampleSize * generator.Engine.Scale;
        await using var images = new ImageGenerator(
            new BatcherOptions("image") { QueueLimit = 64, MaxBatch = Images, MaxDelay = TimeSpan.FromSeconds(1) }, Workers,
            new BatcherMetrics(TestMeters.Factory), TimeProvider.System);
        var spec = new ResolvedImageSpec(generator.Engine, "lungs", "", side, side, Steps + 1, 7.5, "DDIMScheduler", seed, null);
        List<AdmittedRendering> renderings = [.. Enumerable.Range(0, Images).Select(i => images.Admit(
            spec with { Seed = (seed * 100) + (ulong)i }, 0, new BatchRowOptions(), CancellationToken.None))];
        long first = 0, last = 0;
        await foreach (var step in renderings[0].Steps(CancellationToken.None))
        {
            last = Stopwatch.GetTimestamp();
            if (step.Step == 1)
                first = last;
        }
        await Task.WhenAll(renderings.Select(rendering => rendering.Image));
        return Stopwatch.GetElapsedTime(first, last).TotalSeconds / Steps;
    }

    private static double MeasureBareLoop(string path, BareLoop loop, int side)
    {
        using var options = new SessionOptions { IntraOpNumThreads = loop.Threads, InterOpNumThreads = 1 };
        using var session = new InferenceSession(path, options);
        // As the engine's first step, which is not measured either: the session's memory is touched for the first time.
        RunStep(session, loop, side);
        var started = Stopwatch.GetTimestamp();
        for (var step = 0; step < Steps; step++)
            RunStep(session, loop, side);
        return Stopwatch.GetElapsedTime(started).TotalSeconds / Steps;
    }

    private static void RunStep(InferenceSession session, BareLoop loop, int side) =>
        Parallel.For(0, Rows / loop.Slice, new ParallelOptions { MaxDegreeOfParallelism = loop.Parallel },
            _ => RunSlice(session, loop.Slice, side));

    private static void RunSlice(InferenceSession session, int rows, int side)
    {
        using var sample = OrtValue.CreateTensorValueFromMemory(new float[rows * 4 * side * side], [rows, 4, side, side]);
        using var timestep = OrtValue.CreateTensorValueFromMemory([.. Enumerable.Repeat(500L, rows)], [rows]);
        using var states = OrtValue.CreateTensorValueFromMemory(
            new float[rows * StableDiffusionShape.Tokens * StableDiffusionShape.Small.TextWidth],
            [rows, StableDiffusionShape.Tokens, StableDiffusionShape.Small.TextWidth]);
        using var run = new RunOptions();
        using var outputs = session.Run(run, ["sample", "timestep", "encoder_hidden_states"], [sample, timestep, states], ["out_sample"]);
    }
}
