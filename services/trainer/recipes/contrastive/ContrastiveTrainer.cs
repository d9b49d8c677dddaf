using System.Diagnostics;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Pairs;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Contrastive;

/// <summary>Trains an image encoder and a text encoder so that matching images and texts get similar vectors.</summary>
internal sealed class ContrastiveTrainer : IDisposable
{
    public ContrastiveTrainer(VisionLanguageCard card, WordPieceTokenizer tokenizer, ulong seed)
    {
        Model = TorchRandom.WithGlobalSeed(RandomSource.Create(seed, "contrast weights", 0).NextUInt64(),
            () => new VisionLanguageModel(card, tokenizer));
    }

    public VisionLanguageModel Model { get; }

    /// <summary>Share of the training time spent waiting for data, in this process.</summary>
    public double DataWaitShare { get; private set; }

    /// <summary>Pairs a second, in this process; 0 if no step was left to take.</summary>
    public double PairsPerSecond { get; private set; }

    /// <summary>Trains until the last step, or until the patience runs out; then loads the best weights into the model.</summary>
    /// <param name="pairs">Pairs to train on.</param>
    /// <param name="held">Held-out pairs to choose the best weights by; null without any.</param>
    public ValidationMonitor Train(PairMix pairs, PairMix? held, ContrastivePreset preset, LoopSettings settings, RecipeRun run,
        CancellationToken cancellation)
    {
        var weights = TrainableParameters(run.Plan.Frozen ?? preset.Frozen);
        foreach (var (key, parameter) in Model.Parameters())
            parameter.requires_grad_(weights.ContainsKey(key));
        var figures = Model.State().Where(s => s.Key.Contains(".running_", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        var side = Model.Card.Side;
        var seed = run.Plan.Seed;
        using var loop = new TrainingLoop("contrast", settings, seed, weights, run.WorkFile("contrast.safetensors"),
            $"{pairs.Digest}|{held?.Digest}|{preset.Batch}", figures);
        var validation = new ValidationMonitor(Model, Batches(pairs, preset.Batch, 30, seed, side),
            held is null ? [] : Batches(held, preset.Batch, Math.Max(1, held.Count / preset.Batch), seed, side), run.WorkFolder, loop.Step);
        loop.ValidationLoss = validation.LastLoss;
        Model.SetTraining(true);
        if (preset.Patience == 0 || validation.ChecksSinceBest < preset.Patience)
            Run(loop, validation, pairs, preset, settings, run, cancellation);
        validation.LoadBestWeights(loop);
        return validation;
    }

    /// <summary>The parameters that are not frozen.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: no name begins with one of them, or all do.</exception>
    private Dictionary<string, Tensor> TrainableParameters(IReadOnlyList<string> frozen)
    {
        var all = Model.Parameters();
        for (var i = 0; i < frozen.Count; i++)
        {
            if (!all.Keys.Any(k => k.StartsWith(frozen[i], StringComparison.Ordinal)))
                throw MeshException.Invalid(FormattableString.Invariant($"spec.frozen[{i}]"),
                    $"no parameter's name begins with '{EchoedText.Shorten(frozen[i])}'; they begin with "
                        + $"{string.Join(", ", all.Keys.Select(k => k[..(k.IndexOf('.') + 1)]).Distinct())}");
        }

        var learning = all.Where(p => !frozen.Any(f => p.Key.StartsWith(f, StringComparison.Ordinal))).ToDictionary(StringComparer.Ordinal);
        return learning.Count > 0 ? learning
            : throw MeshException.Invalid("spec.frozen", "freezes every parameter: nothing is left to train");
    }

    private void Run(TrainingLoop loop, ValidationMonitor validation, PairMix pairs, ContrastivePreset preset, LoopSettings settings,
        RecipeRun run, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var from = loop.Step;
        using var batches = new PairBatchQueue(pairs, Model.Card.Side, preset.Batch, run.Plan.Seed, loop.Step * settings.Accumulate,
            varied: true);
        loop.Run(randomness => Loss(batches.NextBatch(randomness.Batch), randomness), preset.Batch * settings.Accumulate, run.Progress,
            cancellation, reached =>
        {
            if (reached.Step % preset.ValidateEvery != 0 && reached.Step != settings.Steps)
                return true;
            validation.Measure(reached);
            return preset.Patience == 0 || validation.ChecksSinceBest < preset.Patience;
        });
        if (loop.Step > from)
            (DataWaitShare, PairsPerSecond) = (batches.Waited / clock.Elapsed,
                (loop.Step - from) * preset.Batch * settings.Accumulate / clock.Elapsed.TotalSeconds);
    }

    private Tensor Loss(PairBatch batch, StepRandomness randomness)
    {
        var images = Model.EncodeImages(Model.Standardise(Pixels(batch, Model.Card.Side)));
        // dropout
        var texts = TorchRandom.WithGlobalSeed(randomness.Random.NextUInt64(), () => Model.EncodeTexts(TokenBatch.Pad(batch.Texts)));
        return Model.Method.Loss(images, texts);
    }

    /// <summary>[B, 1, S, S] in 0..1.</summary>
    public static Tensor Pixels(PairBatch batch, int side) => tensor(batch.Pixels, [batch.Texts.Count, 1, side, side]);

    private static PairBatch[] Batches(PairMix pairs, int batch, int count, ulong seed, int side) =>
        [.. Enumerable.Range(0, count).Select(i => PairBatchQueue.CreateBatch(pairs, side, batch, seed, i, varied: false))];

    public void Dispose() => Model.Dispose();
}
