using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Faults;
using SynCxr.Mesh.Trainer.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Trainer.Recipes.Judge;

/// <summary>
/// Trains the judge. A batch has B good radiographs, the same ones augmented again, and 2 B spoilt ones. The heads learn the answers that
/// each fault determines; the embedding learns to find the other version of an image in the batch (InfoNCE, van den Oord et al. 2018) and
/// to tell the kinds apart, so that near-duplicates and known-bad images are near in it.
/// </summary>
internal sealed class JudgeTrainer : IDisposable
{
    private const float Temperature = 0.1f, ContrastWeight = 0.2f, KindWeight = 0.3f;
    private readonly Linear _kinds;
    private readonly string _phase;

    /// <param name="phase">Name of the phase and of its checkpoint; two networks of one run differ by it.</param>
    public JudgeTrainer(QualityJudgeConfig config, ulong seed, string phase = "judge")
    {
        _phase = phase;
        (Network, _kinds) = TorchRandom.WithGlobalSeed(RandomSource.Create(seed, phase + " weights", 0).NextUInt64(),
            () => (new QualityJudgeNetwork(config), Linear(config.Embedding, TrainingFaults.All.Count + 1)));
    }

    public QualityJudgeNetwork Network { get; }

    public void Train(ImageSet images, LoopSettings settings, int batch, RecipeRun run, CancellationToken cancellation)
    {
        var weights = ModuleWeights.NamedParameters(Network, "judge.").Concat(ModuleWeights.NamedParameters(_kinds, "kinds."))
            .ToDictionary(StringComparer.Ordinal);
        using var loop = new TrainingLoop(_phase, settings, run.Plan.Seed, weights, run.WorkFile(_phase + ".safetensors"),
            $"{images.Digest}|{batch}");
        var order = new BalancedSourceOrder(run.Plan.Seed, _phase, images.BySource, batch);
        loop.Run(randomness => Loss(images, order.Indices(randomness.Step), randomness.Random), batch, run.Progress, cancellation);
        ModuleWeights.Load(Network, loop.AveragedWeights.Where(w => w.Key.StartsWith("judge.", StringComparison.Ordinal)).ToDictionary(),
            "judge.");
    }

    /// <summary>A spoilt image with the given fault, from each source equally often.</summary>
    public static float[] ApplyFault(ImageSet images, TrainingFault kind, RandomSource random) =>
        kind.Apply(() => AugmentGood(images, random.PickOne(random.PickOne(images.BySource)), random), images.Side, random);

    /// <summary>A good radiograph as if taken on another day or, half the time, in another hospital.</summary>
    private static float[] AugmentGood(ImageSet images, int index, RandomSource random)
    {
        var image = ImageAugmentation.VaryLightly(images.UnitPixels(index), images.Side, random);
        return random.NextBool(0.5) ? DomainShiftAugmentation.Apply(image, images.Side, random) : image;
    }

    private Tensor Loss(ImageSet images, int[] good, RandomSource random)
    {
        var side = images.Side;
        int[] kinds = [.. good.Concat(good).Select(_ => random.NextInt(TrainingFaults.All.Count))];
        List<float[]> batch = [.. good.Concat(good).Select(i => AugmentGood(images, i, random))];
        batch.AddRange(kinds.Select(k => ApplyFault(images, TrainingFaults.All[k], random)));
        var (logits, embedding) = Network.forward(ImageTensors.FromPixels(batch, side));

        var (answers, known) = Targets(2 * good.Length, kinds);
        var heads = (functional.binary_cross_entropy_with_logits(logits, answers, reduction: Reduction.None) * known).sum() / known.sum();
        var kind = functional.cross_entropy(_kinds.forward(embedding) * 4f,
            tensor([.. Enumerable.Repeat(0L, 2 * good.Length), .. kinds.Select(k => k + 1L)]));
        var views = embedding[..(2 * good.Length)];
        var similar = matmul(views, views.transpose(0, 1)) / Temperature - eye(2 * good.Length) * 1e4f;
        var partner = tensor([.. Enumerable.Range(0, 2 * good.Length).Select(i => (long)((i + good.Length) % (2 * good.Length)))]);
        return heads + KindWeight * kind + ContrastWeight * functional.cross_entropy(similar, partner);
    }

    private static (Tensor Answers, Tensor Known) Targets(int good, int[] kinds)
    {
        var heads = JudgeHeadQuestions.All.Count;
        var answers = new float[(good + kinds.Length) * heads];
        var known = new float[(good + kinds.Length) * heads];
        for (var row = 0; row < good + kinds.Length; row++)
        {
            for (var head = 0; head < heads; head++)
            {
                var answer = row < good ? true : TrainingFaults.All[kinds[row - good]].Answers[head];
                answers[row * heads + head] = answer == true ? 1 : 0;
                known[row * heads + head] = answer is null ? 0 : 1;
            }
        }

        return (tensor(answers, [good + kinds.Length, heads]), tensor(known, [good + kinds.Length, heads]));
    }

    public void Dispose()
    {
        Network.Dispose();
        _kinds.Dispose();
    }
}
