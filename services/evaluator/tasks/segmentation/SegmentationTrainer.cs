using System.Globalization;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Evaluator.Tasks.Segmentation;

/// <summary>
/// Trains a U-Net on masks with Dice loss and cross-entropy, then recomputes the batch norms' statistics for the averaged weights.
/// </summary>
internal sealed class SegmentationTrainer(SegmentationNetwork network, double mean, double deviation, int side, long steps, ulong seed)
{
    public const int Batch = 8;

    private const int Settling = 30, ScoreBatch = 16;
    private const double Rate = 2e-3;

    public void Train(string name, IReadOnlyList<MaskedImage> examples, string checkpoint, EvaluationRun run,
        CancellationToken cancellation)
    {
        var settings = new LoopSettings(steps, Rate, WarmUp: Math.Min(30, steps / 10 + 1), EmaDecay: 0.99);
        var weights = ModuleWeights.NamedParameters(network);
        var order = new BatchOrder(seed, name, examples.Count, Batch);
        var identity = string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(' ', examples.Select(e => e.Hash[..16]))}|{side}|{Batch}");
        network.train();
        using (var loop = new TrainingLoop(name, settings, seed, weights, checkpoint, identity))
        {
            loop.Run(randomness => Loss(examples, order.Indices(randomness.Step), randomness.Random), Batch, run, cancellation);
            using var _ = no_grad();
            foreach (var (key, weight) in weights)
                weight.copy_(loop.AveragedWeights[key]);
        }

        File.Delete(checkpoint);
        RecountRunningStatistics(examples, order);
        network.eval();
    }

    /// <summary>Probability of each pixel of each image.</summary>
    public IReadOnlyList<float[]> Predict(IReadOnlyList<float[]> images)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        var rows = new List<float[]>(images.Count);
        foreach (var chunk in images.Chunk(ScoreBatch))
        {
            using var scope = NewDisposeScope();
            // A short batch is filled up: libtorch takes a slower path for few images.
            var full = chunk.Concat(Enumerable.Repeat(chunk[0], ScoreBatch - chunk.Length)).ToArray();
            rows.AddRange(TensorReader.ReadArray<float>(network.forward(Standardised(full)).sigmoid()).Chunk(side * side)
                .Take(chunk.Length));
        }

        return rows;
    }

    private Tensor Loss(IReadOnlyList<MaskedImage> examples, int[] indices, RandomSource random)
    {
        var varied = indices.Select(i => examples[i].Augment(side, random)).ToList();
        var logits = network.forward(Standardised([.. varied.Select(v => v.Image)])); // [B, S, S]
        var wanted = ImageTensors.FromPixels([.. varied.Select(v => v.Mask)], side).squeeze(1);
        var probabilities = logits.sigmoid();
        var dices = (2 * (probabilities * wanted).sum([1, 2]) + 1) / (probabilities.sum([1, 2]) + wanted.sum([1, 2]) + 1);
        return functional.binary_cross_entropy_with_logits(logits, wanted) + (1 - dices.mean());
    }

    /// <summary>Running means and variances of the batch norms belong to the last weights, not to the averaged ones.</summary>
    private void RecountRunningStatistics(IReadOnlyList<MaskedImage> examples, BatchOrder order)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        for (var step = 0; step < Settling; step++)
        {
            using var scope = NewDisposeScope();
            var random = RandomSource.Create(seed, "settling", step);
            network.forward(Standardised([.. order.Indices(step).Select(i => examples[i].Augment(side, random).Image)]));
        }
    }

    private Tensor Standardised(IReadOnlyList<float[]> images) => (ImageTensors.FromPixels(images, side) - mean) / deviation;
}
