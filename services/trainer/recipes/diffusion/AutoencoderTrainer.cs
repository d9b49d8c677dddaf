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

    public AutoencoderTrainer(VaeConfig config, ulong seed)
    {
        (_encoder, Decoder) = TorchRandom.WithGlobalSeed(RandomSource.Create(seed, "vae weights", 0).NextUInt64(),
            () => (new VaeEncoder(config), new VaeDecoder(config)));
    }

    public VaeDecoder Decoder { get; }

    /// <summary>Mean L1 error of the last steps, on a 0..1 scale.</summary>
    public double Error { get; private set; }

    /// <summary>Trains both halves and leaves the averaged weights in them.</summary>
    public void Train(ImageSet images, LoopSettings settings, int batch, RecipeRun run, CancellationToken cancellation)
    {
        var weights = ModuleWeights.NamedParameters(_encoder, "encoder.").Concat(ModuleWeights.NamedParameters(Decoder, "decoder."))
            .ToDictionary(StringComparer.Ordinal);
        using var loop = new TrainingLoop("vae", settings, run.Plan.Seed, weights, run.WorkFile("vae.safetensors"),
            $"{images.Digest}|{batch}");
        var order = new BatchOrder(run.Plan.Seed, "vae", images.Images.Count, batch);
        loop.Run(randomness => Loss(images.ToBatch(order.Indices(randomness.Step), randomness.Random), randomness.NoiseGenerator), batch,
            run.Progress,
            cancellation);
        ModuleWeights.Load(_encoder, loop.AveragedWeights.Where(w => w.Key.StartsWith("encoder.", StringComparison.Ordinal)).ToDictionary(),
            "encoder.");
        ModuleWeights.Load(Decoder, loop.AveragedWeights.Where(w => w.Key.StartsWith("decoder.", StringComparison.Ordinal)).ToDictionary(),
            "decoder.");
    }

    /// <summary>
    /// Encodes every image once, standardises the latents by channel and hands the statistics to the decoder. [N, L, h, w]
    /// </summary>
    public Tensor Encode(ImageSet images)
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

        Error = error / images.Images.Count / images.Side / images.Side;
        var all = cat(parts, 0);
        var (centre, deviation) = (all.mean([0, 2, 3], keepdim: true), all.std([0, 2, 3], unbiased: false, keepdim: true));
        Decoder.Standardise(centre, deviation);
        return ((all - centre) / deviation).DetachFromDisposeScope();
    }

    /// <summary>L1 on pixels, L1 on their differences (edges), and a little KL.</summary>
    private Tensor Loss(Tensor pixels, Generator noise)
    {
        var x = pixels * 2f - 1f;
        var (mean, logVariance) = _encoder.forward(x);
        var latent = mean + (logVariance * 0.5f).exp() * TorchRandom.Normal(mean.shape, noise);
        var y = Decoder.forward(latent);
        var kl = (mean.square() + logVariance.exp() - 1f - logVariance).mean() * 0.5f;
        return (y - x).abs().mean() + EdgeWeight * EdgeLoss(y - x) + KlWeight * kl;
    }

    private static Tensor EdgeLoss(Tensor difference) =>
        difference.diff(1, 3).abs().mean() + difference.diff(1, 2).abs().mean();

    public void Dispose()
    {
        _encoder.Dispose();
        Decoder.Dispose();
    }
}
