using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Evaluator.Tasks.FineTuning;

/// <summary>A linear classifier on the image encoder's features; the encoder is not trained.</summary>
internal sealed class LinearProbe : IDisposable
{
    private const int Batch = 64, Steps = 400;
    private const double Rate = 0.02, Decay = 0.05;
    private readonly Tensor _train, _test;

    private LinearProbe(Tensor train, Tensor test) => (_train, _test) = (train, test);

    /// <summary>Computes the features of both parts once.</summary>
    public static LinearProbe Create(VisionLanguageModel model, LabelledStudies train, LabelledStudies test) =>
        new(Features(model, train), Features(model, test));

    /// <summary>Trains on some of the training studies; returns the scores of every test study, by finding.</summary>
    public double[][] Score(LabelledStudies train, int[] from)
    {
        TorchRuntime.ApplyThreadCount();
        using var scope = NewDisposeScope();
        var rows = _train.index_select(0, tensor([.. from.Select(i => (long)i)]));
        var (mean, deviation) = (rows.mean([0]), rows.std(0, unbiased: false) + 1e-3f);
        var (wanted, known) = train.Targets(from);
        var standard = (rows - mean) / deviation;
        var weights = new Dictionary<string, Tensor>
        {
            ["weight"] = zeros(train.Answers.Length, standard.shape[1], requires_grad: true),
            ["bias"] = zeros(train.Answers.Length, requires_grad: true),
        };
        using var optimizer = new AdamW(weights, Decay);
        for (var step = 0; step < Steps; step++)
        {
            using var turn = NewDisposeScope();
            foreach (var weight in weights.Values)
                weight.grad?.zero_();
            functional.binary_cross_entropy_with_logits(functional.linear(standard, weights["weight"], weights["bias"]), wanted, known)
                .backward();
            using var _ = no_grad();
            optimizer.Step(Rate * (1 - (double)step / Steps), 1);
        }

        using var quiet = no_grad();
        var logits = functional.linear((_test - mean) / deviation, weights["weight"], weights["bias"]); // [N, findings]
        return [.. Enumerable.Range(0, train.Answers.Length)
            .Select(k => TensorReader.ReadArray<float>(logits[.., k]).Select(v => (double)v).ToArray())];
    }

    public void Dispose()
    {
        _train.Dispose();
        _test.Dispose();
    }

    private static Tensor Features(VisionLanguageModel model, LabelledStudies studies)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var outer = NewDisposeScope();
        var rows = new List<Tensor>();
        foreach (var chunk in studies.Images.Chunk(Batch))
        {
            using var scope = NewDisposeScope();
            rows.Add(model.ImageEncoder.forward(model.ToPixels(chunk)).Features.MoveToOuterDisposeScope());
        }

        return cat(rows, 0).DetachFromDisposeScope();
    }
}
