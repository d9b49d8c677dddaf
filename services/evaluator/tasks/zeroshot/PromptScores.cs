using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>
/// Scores of images for findings: the mean similarity to the positive prompts minus that to the negative ones. A softmax over the two
/// sides, at one temperature, would rank the images the same way.
/// </summary>
internal sealed class PromptScores
{
    private readonly Dictionary<string, (double[] Score, double[][] Pairs)> _scores;

    private PromptScores(Dictionary<string, (double[], double[][])> scores, string[] hashes) => (_scores, Hashes) = (scores, hashes);

    /// <summary>Hash of each image.</summary>
    public string[] Hashes { get; }

    /// <summary>By image.</summary>
    public double[] FindScores(string finding) => _scores[finding].Score;

    /// <summary>The same for each pair of one positive and one negative prompt.</summary>
    public double[][] FindPairs(string finding) => _scores[finding].Pairs;

    public static PromptScores Compute(
        VisionLanguageModel model, IReadOnlyList<Study> studies, IReadOnlyList<PromptPair> prompts, EvaluationRun run, string phase,
        string field, CancellationToken cancellation)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var outer = NewDisposeScope();
        string[] sentences = [.. prompts.SelectMany(p => p.Positive.Concat(p.Negative)).Distinct()];
        var texts = model.EncodeTexts(model.Tokenise(sentences));
        var similar = new float[studies.Count][];
        var hashes = new string[studies.Count];
        foreach (var batch in StudyImageReader.ReadBatches(studies, model.Card.Side, field, cancellation))
        {
            using var scope = NewDisposeScope();
            var rows = TensorReader.ReadArray<float>(model.Method.Similarity(model.EncodeImages(model.ToPixels(batch.Images)), texts))
                .Chunk(sentences.Length).ToArray();
            rows.CopyTo(similar, batch.From);
            batch.Hashes.CopyTo(hashes, batch.From);
            run.Report(phase, batch.From + rows.Length, studies.Count);
        }

        return new PromptScores(prompts.ToDictionary(p => p.Finding, p => Score(p, sentences, similar), StringComparer.Ordinal), hashes);
    }

    private static (double[] Score, double[][] Pairs) Score(PromptPair prompts, string[] sentences, float[][] similar)
    {
        int[] yes = [.. prompts.Positive.Select(p => Array.IndexOf(sentences, p))],
            no = [.. prompts.Negative.Select(p => Array.IndexOf(sentences, p))];
        return (
            [.. similar.Select(row => yes.Average(k => row[k]) - no.Average(k => row[k]))],
            [.. yes.Zip(no, (y, n) => similar.Select(row => (double)row[y] - row[n]).ToArray())]);
    }
}
