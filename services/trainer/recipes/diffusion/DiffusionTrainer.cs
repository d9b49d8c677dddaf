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

    /// <summary>Images that are rendered at a time.</summary>
    private const int SampleBatch = 32;

    private readonly DetailSettings? _detail;

    public DiffusionTrainer(LatentDiffusionPreset preset, ClipTokenizer tokenizer, ulong seed)
    {
        _detail = preset.Detail;
        (Text, UNet) = TorchRandom.WithGlobalSeed(RandomSource.Create(seed, "unet weights", 0).NextUInt64(),
            () => (new ClipTextEncoder(preset.Text(tokenizer.VocabularySize)), new UNet(preset.UNet)));
        Tokenizer = tokenizer;
    }

    public ClipTextEncoder Text { get; }

    public UNet UNet { get; }

    public ClipTokenizer Tokenizer { get; }

    /// <param name="latents">[N, C, h, w] of mean 0 and deviation 1, of the images; behind them those of their windows, if any.</param>
    /// <param name="selection">Keeps the best weights; null: the last ones.</param>
    public double Train(
        ImageSet images, CaptionSet captions, Tensor latents, LoopSettings settings, int batch, RecipeRun run,
        GeneratorSelection? selection, CancellationToken cancellation)
    {
        var weights = ModuleWeights.NamedParameters(Text, "text.").Concat(ModuleWeights.NamedParameters(UNet, "unet."))
            .ToDictionary(StringComparer.Ordinal);
        using var loop = new TrainingLoop("unet", settings, run.Plan.Seed, weights, run.WorkFile("unet.safetensors"),
            $"{images.Digest}|{batch}{(_detail is null ? "" : $"|{latents.shape[0]}|{_detail.MinSnr}")}");
        var order = new BalancedSourceOrder(run.Plan.Seed, "unet", images.BySource, batch);
        var prompts = new Prompts(images, captions, Tokenizer);
        loop.Run(randomness => Loss(prompts, latents, order.Indices(randomness.Step), randomness), batch, run.Progress, cancellation,
            reached => selection?.Measure(this, reached, settings.Steps) ?? true);
        LoadWeights(selection?.ReadBest() ?? loop.AveragedWeights);
        return loop.Loss;
    }

    /// <summary>Fills both networks from weights named as a training's are, <c>text.</c> and <c>unet.</c> before each.</summary>
    public void LoadWeights(IReadOnlyDictionary<string, Tensor> weights)
    {
        ModuleWeights.Load(Text, weights.Where(w => w.Key.StartsWith("text.", StringComparison.Ordinal)).ToDictionary(), "text.");
        ModuleWeights.Load(UNet, weights.Where(w => w.Key.StartsWith("unet.", StringComparison.Ordinal)).ToDictionary(), "unet.");
    }

    private Tensor Loss(Prompts prompts, Tensor latents, int[] indices, StepRandomness randomness)
    {
        var windows = (int)(latents.shape[0] / prompts.Images) - 1;
        int[] window = [.. indices.Select(_ => windows > 0 ? randomness.Random.NextInt(windows + 1) : 0)];
        var (ids, sizes) = prompts.Batch(indices, window, TextDropped, randomness.Random);
        var clean = latents[tensor([.. indices.Zip(window, (i, w) => ((long)w * prompts.Images) + i)])];
        var timesteps = tensor([.. indices.Select(_ => (long)randomness.Random.NextInt(TrainingNoiseSchedule.Steps))]);
        var (noisy, velocity) = TrainingNoiseSchedule.AddNoise(clean, TorchRandom.Normal(clean.shape, randomness.NoiseGenerator),
            timesteps);
        var error = (UNet.forward(noisy, timesteps, Text.forward(ids), sizes) - velocity).square();
        return _detail is null ? error.mean() : (error * TrainingNoiseSchedule.MinSnrWeights(timesteps, _detail.MinSnr)).mean();
    }

    /// <summary>Latents for prompts, by DDIM with guidance; for contact sheets and figures.</summary>
    public Tensor Sample(IReadOnlyList<string> prompts, double nativeSize, int steps, double guidance, ulong seed)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return cat([.. prompts.Chunk(SampleBatch).Select((p, i) => SampleBatchOf(p, nativeSize, steps, guidance, seed + (ulong)i))], 0)
            .MoveToOuterDisposeScope();
    }

    private Tensor SampleBatchOf(string[] prompts, double nativeSize, int steps, double guidance, ulong seed)
    {
        using var scope = NewDisposeScope();
        var side = UNet.Config.SampleSize;
        using var noise = new Generator(RandomSource.Create(seed, "sheet", 0).NextUInt64());
        var texts = prompts.Concat(prompts.Select(_ => ""));
        var states = Text.forward(Ids([.. texts.Select(text => Tokenizer.Tokenize(text).Ids)])); // [2B, T, D]
        var sizes = full([2 * prompts.Length, 1], (float)nativeSize);
        var start = TorchRandom.Normal([prompts.Length, UNet.Config.InChannels, side, side], noise);
        return TrainingNoiseSchedule.Sample(start, steps, (x, t) =>
        {
            var both = UNet.forward(cat([x, x], 0), full([2 * prompts.Length], t, ScalarType.Int64), states, sizes).chunk(2, 0);
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
        /// <summary>
        /// Part of its image's native size that a window says it has. Nobody asks for such a size, so windows add to what is learnt of
        /// chests and not to how much of one an image shows.
        /// </summary>
        private const float WindowSize = 0.5f;

        private readonly long[] _none = tokenizer.Tokenize("").Ids;
        private readonly long[][][] _ids = [.. Enumerable.Range(0, images.Images.Count)
            .Select(i => captions[i].Select(c => tokenizer.Tokenize(c.Text).Ids).ToArray())];

        public int Images => images.Images.Count;

        /// <param name="window">0 for a whole image, else the number of its window.</param>
        public (Tensor Ids, Tensor Sizes) Batch(int[] indices, int[] window, double shareWithoutText, RandomSource random)
        {
            var rows = indices.Select(i => random.NextBool(shareWithoutText) ? _none : random.PickOne(_ids[i])).ToArray();
            var sizes = indices.Zip(window, (i, w) => images.Images[i].NativeSize * (w == 0 ? 1 : WindowSize)).ToArray();
            return (Ids(rows), tensor(sizes, [indices.Length, 1]));
        }
    }
}
