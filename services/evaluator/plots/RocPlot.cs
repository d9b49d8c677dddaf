using SynCxr.Mesh.Evaluator.Metrics.Scores;
using SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

namespace SynCxr.Mesh.Evaluator.Plots;

/// <summary>Plots ROC curves, one for each finding.</summary>
internal static class RocPlot
{
    private const int MostPoints = 200;

    public static byte[] Render(IReadOnlyList<ScoredFinding> findings) =>
        SvgPlot.Lines("ROC", "false positive rate", "true positive rate",
            [.. findings.Select(f => new PlotLine($"{f.Finding} {f.Auc([.. Enumerable.Range(0, f.Scores.Length)]):0.00}", Curve(f)))],
            (0, 1), (0, 1));

    private static List<(double X, double Y)> Curve(ScoredFinding f)
    {
        double[] ScoresOf(bool answer) => [.. f.Scores.Where((_, i) => f.Answers[i] == answer)];
        var points = RocCurve.Create(ScoresOf(true), ScoresOf(false)).WithoutEvenSteps().Points;
        var step = 1 + points.Count / MostPoints;
        return [.. points.Where((_, i) => i % step == 0 || i + 1 == points.Count).Select(p => (p.FalsePositiveRate, p.TruePositiveRate))];
    }
}
