using System.Globalization;
using SynCxr.Mesh.Diffusion.Noise;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine;

/// <summary>
/// One spec, rendered alone and among others of mixed steps, sizes and guidance, has the same pixels at any number of threads. The rows
/// that are held here are the table of invariance in <c>services/diffusion/README.md</c>.
/// </summary>
public sealed class ThreadInvarianceTests
{
    private const string Prompt = "patchy consolidation in the right lower lobe";

    private static readonly Lazy<Task<byte[]>> _reference = new(async () =>
        (await ShippedGenerator.RenderAsync(1, [Wanted(ShippedGenerator.OneThread)]))[0].Pixels);

    private static readonly Lazy<Task<byte[]>> _inpaintedReference = new(async () =>
        (await ShippedGenerator.RenderAsync(1, [Inpainted(ShippedGenerator.OneThread)]))[0].Pixels);

    private static ResolvedImageSpec Wanted(Diffusion.Engine.OnnxLatentDiffusionEngine model) =>
        ShippedGenerator.Spec(model, 7, steps: 4, guidance: 5, prompt: Prompt);

    // From half-way, of an image whose latent is noise: the shipped model has no encoder.
    private static ResolvedImageSpec Inpainted(Diffusion.Engine.OnnxLatentDiffusionEngine model)
    {
        var spec = Wanted(model) with { Strength = 0.5 };
        return spec with
        {
            Start = new StartImage(() =>
            {
                var latent = new float[spec.LatentSize];
                NormalNoiseGenerator.Fill(11, 0, latent);
                return latent;
            }, [.. Enumerable.Range(0, spec.Latent.Height * spec.Latent.Width).Select(i => i % 3 == 0)]),
        };
    }

    private static IEnumerable<ResolvedImageSpec> Others(Diffusion.Engine.OnnxLatentDiffusionEngine model) =>
        Enumerable.Range(0, 7).Select(i => ShippedGenerator.Spec(model, (ulong)(100 + i), steps: 2 + (i % 4), guidance: 1 + (i % 3),
            scheduler: i % 2 == 0 ? SchedulerNames.EulerDiscrete : SchedulerNames.DdimAlias, prompt: $"clear lungs {i}",
            side: i % 5 == 4 ? 128 : 64));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    public async Task Render_AloneAndAmongOthers_GivesTheSamePixelsAtAnyNumberOfThreads(int threads)
    {
        using var model = ShippedGenerator.Load(threads);
        var alone = await ShippedGenerator.RenderAsync(1, [Wanted(model)]);
        var among = await ShippedGenerator.RenderAsync(8,
            Others(model).Take(3).Append(Wanted(model)).Concat(Others(model).Skip(3).SkipLast(1)).Append(Inpainted(model)));
        Assert.True((await _reference.Value).AsSpan().SequenceEqual(alone[0].Pixels), $"alone, {threads} threads");
        Assert.True((await _reference.Value).AsSpan().SequenceEqual(among[3].Pixels), $"among seven others, {threads} threads");
        Assert.True((await _inpaintedReference.Value).AsSpan().SequenceEqual(among[7].Pixels), $"in-painted, {threads} threads");
        foreach (var images in new[] { 1, 8 })
        {
            var row = string.Create(CultureInfo.InvariantCulture, $"| `cpu` | {images} | {threads} | same pixels |");
            Assert.Contains(row, File.ReadAllText(Path.Combine(Repository.Root, "services/diffusion/README.md")), StringComparison.Ordinal);
        }
    }
}
