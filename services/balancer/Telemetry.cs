using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Balancer;

/// <summary>Span and metric names of the balancer.</summary>
internal static class Telemetry
{
    public const string Name = "SynCxr.Mesh.Balancer";

    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter _meter = new(Name);

    public static readonly Counter<long> Accepted = _meter.CreateCounter<long>("syncxr.balancer.pairs.accepted", "{pair}");
    public static readonly Counter<long> Rejected = _meter.CreateCounter<long>("syncxr.balancer.attempts.rejected", "{attempt}");
    public static readonly Histogram<double> StepSeconds = _meter.CreateHistogram<double>("syncxr.balancer.step.duration", "s");
    public static readonly Histogram<double> SealSeconds = _meter.CreateHistogram<double>("syncxr.balancer.seal.duration", "s");
}
