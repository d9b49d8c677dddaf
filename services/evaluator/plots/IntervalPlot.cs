using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator.Plots;

/// <summary>Plots AUCs with their intervals: one row for each finding, one colour for each group.</summary>
internal static class IntervalPlot
{
    /// <param name="figures">Holds <c>auc_NAME</c> of each group and finding.</param>
    public static byte[] Render(IReadOnlyList<Figure> figures, IReadOnlyList<string> groups)
    {
        string[] findings = [.. figures.Select(f => f.Finding).Distinct()];
        return SvgPlot.Intervals(
            "AUC with its 95 % interval", "AUC", findings,
            [.. groups.Select(
                g => new PlotIntervals(g,
                    [.. findings.Select(f => Range(figures.FirstOrDefault(x => x.Finding == f && x.Metric == $"auc_{g}")))]))]);
    }

    private static (double Low, double Value, double High)? Range(Figure? figure) =>
        figure is null ? null : (figure.HasLow ? figure.Low : figure.Value, figure.Value, figure.HasHigh ? figure.High : figure.Value);
}
