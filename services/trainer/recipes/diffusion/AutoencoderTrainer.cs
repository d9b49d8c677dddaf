using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Networks;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>Trains the autoencoder and encodes the training set once.</summary>
internal sealed class AutoencoderTrainer : IDisposable
{
    private const float KlWeight = 1e-3f, EdgeWeight = 0.5f;
    private const int EncodeBatch = 64;
    private readonly VaeEncoder _encoder;
    private readonly DetailLoss? _detail;

    /// <param name="detail">Losses of features and of a discriminator; null: pixels and edges alone.</param>
    public AutoencoderTrainer(VaeConfig config, ulong seed, DetailLoss? detail = null)
    {
        _detail = detail;
        (_encoder, Decoder) = TorchRandom.WithGlobalSeed(RandomSource.Create(seed, "vae weights", 0).NextUInt64(),
            () => (new VaeEncoder(config), new VaeDecoder(config)));
    }

    public VaeDecoder Decoder { get; }

    /// <summary>Mean L1 error of the last steps, on a 0..1 scale.</summary>
    public double Error { get; private set; }

    /// <summary>Trains both halves and leaves the averaged weights in them.</summary>
    /// <param name="windows">What is learnt from; null: whole images, lightly augmented.</param>
    public void Train(ImageSet images, ImageWindows? windows, LoopSettings settings, int batch, RecipeRun run,
        CancellationToken cancellation)
    {
        var weights = ModuleWeights.NamedParameters(_encoder, "encoder.").Concat(ModuleWeights.NamedParameters(Decoder, "decoder."))
            .Concat(_detail is null ? [] : ModuleWeights.NamedParameters(_detail.Discriminator, "discriminator."))
            .ToDictionary(StringComparer.Ordinal);
        using var loop = new TrainingLoop("vae", settings, run.Plan.Seed, weights, run.WorkFile("vae.safetensors"),
            $"{images.Digest}|{batch}");
        var order = new BatchOrder(run.Plan.Seed, "vae", images.Images.Count, batch);
        loop.Run(randomness => Loss(Pixels(order.Indices(randomness.Step), randomness.Random), randomness), batch, run.Progress,
            cancellation);
        ModuleWeights.Load(_encoder, loop.AveragedWeights.Where(w => w.Key.StartsWith("encoder.", StringComparison.Ordinal)).ToDictionary(),
            "encoder.");
        ModuleWeights.Load(Decoder, loop.AveragedWeights.Where(w => w.Key.StartsWith("decoder.", StringComparison.Ordinal)).ToDictionary(),
            "decoder.");

        Tensor Pixels(int[] indices, RandomSource random) => windows is null
            ? images.ToBatch(indices, random)
            : ImageTensors.FromPixels([.. indices.Select(i => windows.Sample(i, random))], images.Side);
    }

    /// <summary>
    /// Encodes every image once, and then some windows of each, standardises the latents by channel and hands the statistics to the
    /// decoder.
    /// </summary>
    /// <param name="windows">Where windows come from; null where <paramref name="each"/> is 0.</param>
    /// <param name="each">Windows of each image.</param>
    /// <returns>[(1 + each) N, L, h, w]: all images, then one window of each, and so on.</returns>
    public Tensor Encode(ImageSet images, ImageWindows? windows = null, int each = 0, ulong seed = 0)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        var error = 0.0;
        foreach (var chunk in Enumerable.Range(0, images.Images.Count).Chunk(EncodeBatch))
        {
            using var step = NewDisposeScope();
            var pixels = images.ToBatch(chunk);
            var mean = _encoder.forward(pixels * 2f - 1f).Mean;
            error += TensorReader.ReadScalar<float>((Decoder.forward(mean) - (pixels * 2f - 1f)).abs().sum()) / 2;
            parts.Add(mean.MoveToOuterDisposeScope());
        }

        foreach (var chunk in Enumerable.Range(0, each * images.Images.Count).Chunk(EncodeBatch))
        {
            using var step = NewDisposeScope();
            var pixels = ImageTensors.FromPixels(
                [.. chunk.Select(i => windows!.Sample(i % images.Images.Count, RandomSource.Create(seed, "window", i)))], images.Side);
            parts.Add(_encoder.forward(pixels * 2f - 1f).Mean.MoveToOuterDisposeScope());
        }

        Error = error / images.Images.Count / images.Side / images.Side;
        var all = cat(parts, 0);
        var (centre, deviation) = (all.mean([0, 2, 3], keepdim: true), all.std([0, 2, 3], unbiased: false, keepdim: true));
        Decoder.Standardise(centre, deviation);
        return ((all - centre) / deviation).DetachFromDisposeScope();
    }

    /// <summary>L1 on pixels, L1 on their differences (edges), a little KL, and what <see cref="DetailLoss"/> adds.</summary>
    private Tensor Loss(Tensor pixels, StepRandomness randomness)
    {
        var x = pixels * 2f - 1f;
        var (mean, logVariance) = _encoder.forward(x);
        var latent = mean + (logVariance * 0.5f).exp() * TorchRandom.Normal(mean.shape, randomness.NoiseGenerator);
        var y = Decoder.forward(latent);
        var kl = (mean.square() + logVariance.exp() - 1f - logVariance).mean() * 0.5f;
        var loss = (y - x).abs().mean() + EdgeWeight * EdgeLoss(y - x) + KlWeight * kl;
        return _detail is null ? loss : _detail.WithDiscriminator(loss + _detail.Perceptual(y, x), y, x, randomness.Step);
    }

    private static Tensor EdgeLoss(Tensor difference) =>
        difference.diff(1, 3).abs().mean() + difference.diff(1, 2).abs().mean();

    public void Dispose()
    {
        _encoder.Dispose();
        Decoder.Dispose();
    }
}
