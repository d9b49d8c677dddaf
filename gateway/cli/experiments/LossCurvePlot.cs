using SynCxr.Mesh.Evaluator.Plots;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>How the losses of a recipe's runs fell: a line an arm, the mean of its seeds, and one of what was held out.</summary>
internal static class LossCurvePlot
{
    /// <summary>Of a line.</summary>
    private const int PointsPerLine = 100;

    public static byte[] Render(string recipe, ExperimentResults results,
        IReadOnlyList<(ExperimentRun Run, TrainingRun Training)> trainings)
    {
        var lines = new List<PlotLine>();
        foreach (var arm in trainings.GroupBy(t => t.Run.Arm.Name))
        {
            var curves = arm.Select(t => results.Curves[t.Training.Name]).ToList();
            lines.Add(new PlotLine(arm.Key, MeanCurve(curves, p => p.Loss)));
            if (MeanCurve(curves, p => p.HasValidationLoss ? p.ValidationLoss : null) is { Count: > 0 } held)
                lines.Add(new PlotLine($"{arm.Key}, held out", held));
        }

        return SvgPlot.Lines($"Loss of {recipe}", "step", "loss", lines);
    }

    /// <summary>Mean over the runs at each of the steps that is drawn; steps at which a run has no value are left out.</summary>
    private static List<(double X, double Y)> MeanCurve(List<IReadOnlyList<CurvePoint>> curves, Func<CurvePoint, double?> value)
    {
        var last = curves.Max(c => c.Count == 0 ? 0 : c[^1].Step);
        var every = Math.Max(1, last / PointsPerLine);
        return [.. curves.SelectMany(c => c).Where(p => p.Step % every == 0 && value(p) is { } v && double.IsFinite(v))
            .GroupBy(p => p.Step).Where(g => g.Count() == curves.Count).OrderBy(g => g.Key)
            .Select(g => ((double)g.Key, g.Average(p => value(p)!.Value)))];
    }
}
