using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Networks;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>A judge's outputs for many images.</summary>
/// <param name="Probabilities">[image][head].</param>
/// <param name="Embeddings">One row an image, of length 1.</param>
internal sealed record JudgeOutputs(IReadOnlyList<float[]> Probabilities, HalfMatrix Embeddings);

internal static class JudgeInference
{
    private const int Batch = 64;

    /// <param name="images">Squares of the judge's side in 0..1.</param>
    public static JudgeOutputs Run(QualityJudgeNetwork judge, IEnumerable<float[]> images)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        var probabilities = new List<float[]>();
        var embeddings = new List<float>();
        var rows = 0;
        foreach (var chunk in images.Chunk(Batch))
        {
            using var scope = NewDisposeScope();
            var (logits, embedding) = judge.forward(ImageTensors.FromPixels(chunk, judge.Config.InputSize));
            probabilities.AddRange(TensorReader.ReadArray<float>(logits.sigmoid()).Chunk(judge.Config.Heads));
            embeddings.AddRange(TensorReader.ReadArray<float>(embedding));
            rows += chunk.Length;
        }

        return new JudgeOutputs(probabilities, new HalfMatrix(rows, judge.Config.Embedding, [.. embeddings]));
    }

    /// <summary>
    /// Cosine of each row of <paramref name="from"/> to its nearest row of <paramref name="to"/>; with itself, to its nearest other row.
    /// </summary>
    public static double[] NearestCosines(HalfMatrix from, HalfMatrix to)
    {
        var nearest = new double[from.Rows];
        for (var i = 0; i < from.Rows; i++)
        {
            var best = -1.0;
            for (var j = 0; j < to.Rows; j++)
            {
                if (ReferenceEquals(from, to) && i == j)
                    continue;
                best = Math.Max(best, Dot(from[i], to[j]));
            }

            nearest[i] = best;
        }

        return nearest;
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
