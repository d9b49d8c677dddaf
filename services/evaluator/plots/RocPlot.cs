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
        var known = Enumerable.Range(0, f.Scores.Length).Where(i => f.Answers[i] is not null).OrderByDescending(i => f.Scores[i]).ToList();
        var points = new List<(double, double)> { (0, 0) };
        var yes = 0;
        var no = 0;
        for (var k = 0; k < known.Count; k++)
        {
            (yes, no) = f.Answers[known[k]] == true ? (yes + 1, no) : (yes, no + 1);
            var isTie = k + 1 < known.Count && f.Scores[known[k + 1]] == f.Scores[known[k]];
            if (!isTie && (k % (1 + known.Count / MostPoints) == 0 || k + 1 == known.Count))
                points.Add(((double)no / f.Known(false), (double)yes / f.Known(true)));
        }

        return points;
    }
}
