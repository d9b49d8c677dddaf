using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine;

/// <summary>The shipped generator, loaded once for one thread and once for two.</summary>
internal static class ShippedGenerator
{
    private static readonly Lazy<OnnxLatentDiffusionEngine> _one = new(() => Load(1));
    private static readonly Lazy<OnnxLatentDiffusionEngine> _two = new(() => Load(2));

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, DiffusionOptions.ShippedModel);

    public static OnnxLatentDiffusionEngine OneThread => _one.Value;

    public static OnnxLatentDiffusionEngine TwoThreads => _two.Value;

    public static ResolvedImageSpec Spec(OnnxLatentDiffusionEngine model, ulong seed, int steps = 3, double guidance = 3,
        string scheduler = SchedulerNames.DpmSolverAlias, string prompt = "patchy consolidation in the right lower lobe", int side = 64) =>
        new(model, prompt, "", side, side, steps, guidance, scheduler, seed,
            model.HasNativeSize ? model.Card.Defaults!.NativeSize : null);

    /// <summary>Draws orders that are all admitted at once, at most so many a batch.</summary>
    public static async Task<RasterImage[]> RenderAsync(int batch, IEnumerable<ResolvedImageSpec> specs)
    {
        var options = new BatcherOptions("image") { QueueLimit = 100, MaxBatch = batch, MaxDelay = TimeSpan.FromMilliseconds(50) };
        await using var generator = new ImageGenerator(options, 2, new BatcherMetrics(TestMeters.Factory), TimeProvider.System);
        return await Task.WhenAll(specs.Select(spec => generator.Admit(spec, 0, new(), CancellationToken.None).Image).ToList());
    }

    public static OnnxLatentDiffusionEngine Load(int threads) =>
        OnnxLatentDiffusionEngine.Load(Folder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, threads));
}
