using System.Globalization;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Evaluator.Tasks.FineTuning;

/// <summary>Trains the image encoder together with a linear layer on it; its batch norms keep their running statistics.</summary>
internal static class FullFineTuner
{
    private const int Batch = 16, ScoreBatch = 64;
    private const double Rate = 1e-3, Decay = 0.02;

    /// <summary>Scores of every test study, by finding.</summary>
    /// <param name="model">Its weights are changed.</param>
    public static double[][] Score(
        string name, VisionLanguageModel model, LabelledStudies train, int[] from, LabelledStudies test, long steps, ulong seed,
        EvaluationRun run, CancellationToken cancellation)
    {
        using var head = TorchRandom.WithGlobalSeed(RandomSource.Create(seed, name, 0).NextUInt64(),
            () => Linear(model.ImageEncoder.Config.Channels(3), train.Answers.Length));
        model.SetTraining(false);
        var weights = ModuleWeights.NamedParameters(model.ImageEncoder, "image.").Concat(ModuleWeights.NamedParameters(head, "head."))
            .ToDictionary(StringComparer.Ordinal);
        float[][] images = [.. from.Select(i => PixelConversion.ToUnitPixels(train.Images[i]))];
        var order = new BatchOrder(seed, name, from.Length, Batch);
        var settings = new LoopSettings(steps, Rate, WarmUp: Math.Min(30, steps / 10 + 1), WeightDecay: Decay, EmaDecay: 0.99);
        var identity = string.Create(CultureInfo.InvariantCulture,
            $"{run.Spec}|{Batch}|{string.Concat(from.Select(i => train.Hashes[i][..8]))}");
        var checkpoint = Path.Combine(run.CacheFolder, "fine-tune", Sha256Digest.HexOf(name + identity)[..32] + ".partial");
        using (var loop = new TrainingLoop(name, settings, seed, weights, checkpoint, identity))
        {
            loop.Run(randomness => Loss(model, head, train, from, images, order.Indices(randomness.Step), randomness.Random), Batch, run,
                cancellation);
            using var _ = no_grad();
            foreach (var (key, weight) in weights)
                weight.copy_(loop.AveragedWeights[key]);
        }

        File.Delete(checkpoint);
        return Logits(model, head, test);
    }

    private static Tensor Loss(VisionLanguageModel model, Linear head, LabelledStudies train, int[] from, float[][] images, int[] indices,
        RandomSource random)
    {
        var side = model.Card.Side;
        var varied = indices.Select(i => ImageAugmentation.VaryLightly(images[i], side, random)).ToList();
        var (wanted, known) = train.Targets([.. indices.Select(i => from[i])]);
        var logits = head.forward(model.ImageEncoder.forward(model.Standardise(ImageTensors.FromPixels(varied, side))).Features);
        return functional.binary_cross_entropy_with_logits(logits, wanted, known);
    }

    private static double[][] Logits(VisionLanguageModel model, Linear head, LabelledStudies test)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        var rows = new List<float[]>(test.Count);
        foreach (var chunk in test.Images.Chunk(ScoreBatch))
        {
            using var scope = NewDisposeScope();
            rows.AddRange(TensorReader.ReadArray<float>(head.forward(model.ImageEncoder.forward(model.ToPixels(chunk)).Features))
                .Chunk(test.Answers.Length));
        }

        return [.. Enumerable.Range(0, test.Answers.Length).Select(k => rows.Select(r => (double)r[k]).ToArray())];
    }
}
