using System.Globalization;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Evaluator.Classifiers;

/// <summary>
/// A supervised network trained on labelled images, lightly augmented and never mirrored. Its weights are cached by data and settings, so
/// that a second report does not train again.
/// </summary>
internal sealed class LabelClassifier : IDisposable
{
    /// <summary>Images of a training step.</summary>
    public const int Batch = 24;

    private const int ScoreBatch = 64;
    private readonly ImageClassifier _network;
    private readonly IReadOnlyList<string> _labels;

    private LabelClassifier(ImageClassifier network, IReadOnlyList<string> labels) => (_network, _labels) = (network, labels);

    /// <summary>Trains, or reads from the cache.</summary>
    /// <param name="name">Its name in progress reports.</param>
    public static LabelClassifier Train(string name, LabelledImages data, ImageClassifierConfig config, long steps, ulong seed,
        EvaluationRun run, CancellationToken cancellation)
    {
        var settings = new LoopSettings(steps, LearningRate: 2e-3, WarmUp: Math.Min(100, steps / 10 + 1), WeightDecay: 0.05,
            EmaDecay: 0.995);
        var digest = data.Digest();
        var identity = string.Create(CultureInfo.InvariantCulture, $"{digest}|{config}|{settings}|{Batch}|{seed}");
        var file = Path.Combine(run.CacheFolder, "classifiers", Sha256Digest.HexOf(identity)[..32] + ".safetensors");
        var network = TorchRandom.WithGlobalSeed(RandomSource.Create(seed, "classifier weights", 0).NextUInt64(),
            () => new ImageClassifier(config));
        if (!File.Exists(file))
            Fit(name, network, data, settings, seed, file, identity, run, cancellation);
        using var scope = NewDisposeScope();
        ModuleWeights.Load(network, Safetensors.Load(file).Tensors);
        return new LabelClassifier(network, data.Labels);
    }

    /// <summary>
    /// Scores images: the log odds of the labels that count for minus those that count against, each group summed as probabilities.
    /// </summary>
    public double[] Score(IReadOnlyList<float[]> images, IReadOnlyList<string> shows, IReadOnlyList<string> unlike) =>
        ScoreLogits(Logits(images), shows, unlike);

    /// <summary>The same from logits computed before.</summary>
    public double[] ScoreLogits(IReadOnlyList<float[]> logits, IReadOnlyList<string> shows, IReadOnlyList<string> unlike) =>
        [.. logits.Select(row => LogSum(row, shows) - LogSum(row, unlike))];

    /// <summary>One row of logits for each image, in the order of the labels.</summary>
    public IReadOnlyList<float[]> Logits(IReadOnlyList<float[]> images)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        var rows = new List<float[]>(images.Count);
        foreach (var chunk in images.Chunk(ScoreBatch))
        {
            using var scope = NewDisposeScope();
            var logits = _network.forward(ImageTensors.FromPixels(chunk, _network.Config.InputSize));
            rows.AddRange(TensorReader.ReadArray<float>(logits).Chunk(_labels.Count));
        }

        return rows;
    }

    public void Dispose() => _network.Dispose();

    private static void Fit(
        string name, ImageClassifier network, LabelledImages data, LoopSettings settings, ulong seed, string file, string identity,
        EvaluationRun run, CancellationToken cancellation)
    {
        var checkpoint = file + ".partial";
        using var loop = new TrainingLoop(name, settings, seed, ModuleWeights.NamedParameters(network), checkpoint, identity);
        var order = new BatchOrder(seed, name, data.Images.Count, Batch);
        // A rare label weighs more, up to ten times, so that it isn't drowned by those without it.
        float[] weights = [
            .. data.Labels.Select(
                (_, k) => (float)Math.Clamp((double)data.Answers.Count(a => !a[k]) / Math.Max(1, data.Answers.Count(a => a[k])), 1, 10))];
        loop.Run(randomness => Loss(network, data, order.Indices(randomness.Step), weights, randomness.Random), Batch, run, cancellation);
        Safetensors.Save(file, loop.AveragedWeights.ToDictionary(StringComparer.Ordinal));
        File.Delete(checkpoint);
    }

    private static Tensor Loss(ImageClassifier network, LabelledImages data, int[] indices, float[] weights, RandomSource random)
    {
        var images = indices.Select(i => ImageAugmentation.VaryLightly(data.Images[i], network.Config.InputSize, random)).ToList();
        float[] answers = [.. indices.SelectMany(i => data.Answers[i].Select(a => a ? 1f : 0f))];
        var targets = tensor(answers, [indices.Length, data.Labels.Count]);
        return functional.binary_cross_entropy_with_logits(network.forward(ImageTensors.FromPixels(images, network.Config.InputSize)),
            targets,
            pos_weights: tensor(weights));
    }

    private double LogSum(float[] row, IReadOnlyList<string> labels) =>
        Math.Log(labels.Sum(l => Math.Exp(row[IndexOf(l)] - row.Max()))) + row.Max();

    private int IndexOf(string label)
    {
        for (var i = 0; i < _labels.Count; i++)
        {
            if (_labels[i] == label)
                return i;
        }

        throw new ArgumentException($"The classifier was not trained on label '{label}'", nameof(label));
    }
}
