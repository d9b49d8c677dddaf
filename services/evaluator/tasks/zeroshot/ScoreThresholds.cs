using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>
/// Chooses the threshold above which a score is a yes: the one of the best F1. Chosen on a validation set, or, without one, on one half of
/// the patients for the other and the other way round, so that no image is judged by a threshold that it helped to choose. Earlier work
/// chose it on the test set itself; that variant is reported beside it, as <c>_test_chosen</c>.
/// </summary>
internal static class ScoreThresholds
{
    /// <summary>The threshold of a validation set, for every image.</summary>
    public static double[] FromValidation(double[] scores, bool?[] answers, int count) =>
        [.. Enumerable.Repeat(Best(scores, answers, Enumerable.Range(0, scores.Length)), count)];

    /// <summary>For each image the threshold of the other half of the patients.</summary>
    public static double[] CrossFitted(double[] scores, bool?[] answers, IReadOnlyList<string> patients, ulong seed)
    {
        int[] half = [
            .. patients.Select(
                (p, i) => (int)(RandomSource.Create(seed, "half " + (p.Length > 0 ? p : $"picture {i}"), 0).NextUInt64() & 1))];
        double[] best = [.. Enumerable.Range(0, 2)
            .Select(h => Best(scores, answers, Enumerable.Range(0, scores.Length).Where(i => half[i] != h)))];
        return [.. half.Select(h => best[h])];
    }

    public static double[] FromTest(double[] scores, bool?[] answers) =>
        [.. Enumerable.Repeat(Best(scores, answers, Enumerable.Range(0, scores.Length)), scores.Length)];

    /// <summary>Without a positive the threshold is infinite: nothing is a yes.</summary>
    private static double Best(double[] scores, bool?[] answers, IEnumerable<int> among)
    {
        var known = among.Where(i => answers[i] is not null).ToList();
        double[] yes = [.. known.Where(i => answers[i] == true).Select(i => scores[i])],
            no = [.. known.Where(i => answers[i] == false).Select(i => scores[i])];
        return yes.Length > 0 ? ConfusionCounts.BestF1Threshold(yes, no) : double.PositiveInfinity;
    }
}
