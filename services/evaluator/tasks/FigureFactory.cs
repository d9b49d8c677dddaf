using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>Figures from values and intervals.</summary>
internal static class FigureFactory
{
    public static Figure Create(string task, string finding, string metric, ConfidenceInterval interval, long n)
    {
        var figure = Create(task, finding, metric, interval.Value, n);
        if (double.IsFinite(interval.Low) && double.IsFinite(interval.High))
            (figure.Low, figure.High) = (interval.Low, interval.High);
        return figure;
    }

    public static Figure Create(string task, string finding, string metric, double value, long n) =>
        new() { Task = task, Finding = finding, Metric = metric, Value = value, N = n };

    public static Figure AtLeast(this Figure figure, double least)
    {
        (figure.AtLeast, figure.Holds) = (least, figure.Value >= least && (!figure.HasHolds || figure.Holds));
        return figure;
    }

    public static Figure AtMost(this Figure figure, double most)
    {
        (figure.AtMost, figure.Holds) = (most, figure.Value <= most && (!figure.HasHolds || figure.Holds));
        return figure;
    }
}
