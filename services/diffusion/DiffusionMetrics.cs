using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Span and metric names of the service.</summary>
internal static class DiffusionMetrics
{
    public const string Name = "SynCxr.Mesh.Diffusion";

    /// <summary>From admission to the answer.</summary>
    public const string RenderSpan = "diffusion.draw";

    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter s_meter = new(Name);

    /// <summary>Pictures drawn, by model and whether their prompt was cut.</summary>
    public static readonly Counter<long> Images = s_meter.CreateCounter<long>("syncxr.diffusion.images", "{image}", "Pictures drawn.");

    /// <summary>Time from admission to the picture.</summary>
    public static readonly Histogram<double> Duration = s_meter.CreateHistogram<double>("syncxr.diffusion.duration", "s",
        "Time from admission to the picture.");
}
