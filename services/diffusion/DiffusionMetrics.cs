using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Spans and metrics of the diffusion service.</summary>
internal sealed class DiffusionMetrics
{
    public const string Name = "SynCxr.Mesh.Diffusion";

    private static readonly ActivitySource _source = new(Name);
    private readonly Counter<long> _images;
    private readonly Histogram<double> _duration;

    public DiffusionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _images = meter.CreateCounter<long>(
            "syncxr.diffusion.images", "{image}", "Images rendered, by model and whether their prompt was cut to the encoder's length.");
        _duration = meter.CreateHistogram<double>("syncxr.diffusion.duration", "s", "Time from admission to the finished image.");
    }

    /// <summary>The span from admission to the answer.</summary>
    public static Activity? StartRender() => _source.StartActivity("diffusion.render");

    public void RecordImage(string model, bool isPromptTruncated, TimeSpan elapsed)
    {
        var tag = new KeyValuePair<string, object?>("model", model);
        _images.Add(1, tag, new("truncated", isPromptTruncated));
        _duration.Record(elapsed.TotalSeconds, tag);
    }
}
