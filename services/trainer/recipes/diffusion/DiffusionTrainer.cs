using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Networks;
using SynCxr.Mesh.Trainer.Tokenizer;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>Trains U-Net and text encoder together on latents and captions.</summary>
internal sealed class DiffusionTrainer : IDisposable
{
    /// <summary>
    /// Share of training images whose prompt is dropped: classifier-free guidance needs a model that also works without one.
    /// </summary>
    private const double TextDropped = 0.12;

    public DiffusionTrainer(LatentDiffusionPreset preset, ClipTokenizer tokenizer, ulong seed)
    {
        (Text, UNet) = TorchRandom.WithGlobalSeed(RandomSource.Create(seed, "unet weights", 0).NextUInt64(),
            () => (new ClipTextEncoder(preset.Text(tokenizer.VocabularySize)), new UNet(preset.UNet)));
        Tokenizer = tokenizer;
    }

    public ClipTextEncoder Text { get; }

    public UNet UNet { get; }

    public ClipTokenizer Tokenizer { get; }

    /// <param name="latents">[N, C, h, w] of mean 0 and deviation 1.</param>
    public double Train(
        ImageSet images, CaptionSet captions, Tensor latents, LoopSettings settings, int batch, RecipeRun run,
        CancellationToken cancellation)
    {
        var weights = ModuleWeights.NamedParameters(Text, "text.").Concat(ModuleWeights.NamedParameters(UNet, "unet."))
            .ToDictionary(StringComparer.Ordinal);
        using var loop = new TrainingLoop("unet", settings, run.Plan.Seed, weights, run.WorkFile("unet.safetensors"),
            $"{images.Digest}|{batch}");
        var order = new BalancedSourceOrder(run.Plan.Seed, "unet", images.BySource, batch);
        var prompts = new Prompts(images, captions, Tokenizer);
        loop.Run(randomness => Loss(prompts, latents, order.Indices(randomness.Step), randomness), batch, run.Progress, cancellation);
        ModuleWeights.Load(Text, loop.AveragedWeights.Where(w => w.Key.StartsWith("text.", StringComparison.Ordinal)).ToDictionary(),
            "text.");
        ModuleWeights.Load(UNet, loop.AveragedWeights.Where(w => w.Key.StartsWith("unet.", StringComparison.Ordinal)).ToDictionary(),
            "unet.");
        return loop.Loss;
    }

    private Tensor Loss(Prompts prompts, Tensor latents, int[] indices, StepRandomness randomness)
    {
        var (ids, sizes) = prompts.Batch(indices, TextDropped, randomness.Random);
        var clean = latents[tensor([.. indices.Select(i => (long)i)])];
        var timesteps = tensor([.. indices.Select(_ => (long)randomness.Random.NextInt(TrainingNoiseSchedule.Steps))]);
        var (noisy, velocity) = TrainingNoiseSchedule.AddNoise(clean, TorchRandom.Normal(clean.shape, randomness.NoiseGenerator),
            timesteps);
        return (UNet.forward(noisy, timesteps, Text.forward(ids), sizes) - velocity).square().mean();
    }

    /// <summary>Latents for prompts, by DDIM with guidance; for contact sheets and figures.</summary>
    public Tensor Sample(IReadOnlyList<string> prompts, double nativeSize, int steps, double guidance, ulong seed)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var side = UNet.Config.SampleSize;
        using var noise = new Generator(RandomSource.Create(seed, "sheet", 0).NextUInt64());
        var texts = prompts.Concat(prompts.Select(_ => ""));
        var states = Text.forward(Ids([.. texts.Select(text => Tokenizer.Tokenize(text).Ids)])); // [2B, T, D]
        var sizes = full([2 * prompts.Count, 1], (float)nativeSize);
        var start = TorchRandom.Normal([prompts.Count, UNet.Config.InChannels, side, side], noise);
        return TrainingNoiseSchedule.Sample(start, steps, (x, t) =>
        {
            var both = UNet.forward(cat([x, x], 0), full([2 * prompts.Count], t, ScalarType.Int64), states, sizes).chunk(2, 0);
            return both[1] + guidance * (both[0] - both[1]);
        }).MoveToOuterDisposeScope();
    }

    private static Tensor Ids(IReadOnlyList<long[]> rows) =>
        tensor(rows.SelectMany(r => r).ToArray(), [rows.Count, ClipMerges.PromptLength]);

    public void Dispose()
    {
        Text.Dispose();
        UNet.Dispose();
    }

    /// <summary>Every caption's tokens, made once.</summary>
    private sealed class Prompts(ImageSet images, CaptionSet captions, ClipTokenizer tokenizer)
    {
        private readonly long[] _none = tokenizer.Tokenize("").Ids;
        private readonly long[][][] _ids = [.. Enumerable.Range(0, images.Images.Count)
            .Select(i => captions[i].Select(c => tokenizer.Tokenize(c.Text).Ids).ToArray())];

        public (Tensor Ids, Tensor Sizes) Batch(int[] indices, double shareWithoutText, RandomSource random)
        {
            var rows = indices.Select(i => random.NextBool(shareWithoutText) ? _none : random.PickOne(_ids[i])).ToArray();
            var sizes = indices.Select(i => (float)images.Images[i].NativeSize).ToArray();
            return (Ids(rows), tensor(sizes, [indices.Length, 1]));
        }
    }
}
