using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Balancer;

/// <summary>Span and metric names of the balancer.</summary>
internal static class BalancerMetrics
{
    public const string Name = "SynCxr.Mesh.Balancer";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>
    /// A span of a data set's one trace. Its id follows from the data set's, so that whoever takes work up, after whatever was lost, in
    /// whatever process, goes on in the same trace, and whoever has the name finds it. Where the work was asked for elsewhere, that is a
    /// link.
    /// </summary>
    public static Activity? StartSpan(string dataset, string span)
    {
        var id = SHA256.HashData(Encoding.UTF8.GetBytes($"datasets/{dataset}"));
        var trace = new ActivityContext(
            ActivityTraceId.CreateFromBytes(id.AsSpan(0, 16)), ActivitySpanId.CreateFromBytes(id.AsSpan(16, 8)),
            ActivityTraceFlags.Recorded, isRemote: true);
        var asked = Activity.Current is { } current && current.TraceId != trace.TraceId
            ? new[] { new ActivityLink(current.Context) } : null;
        return Source.StartActivity(span, ActivityKind.Internal, trace, [new("syncxr.dataset", dataset)], asked);
    }

    private static readonly Meter _meter = new(Name);

    public static readonly Counter<long> AcceptedPairs = _meter.CreateCounter<long>("syncxr.balancer.pairs.accepted", "{pair}");
    public static readonly Counter<long> RejectedAttempts = _meter.CreateCounter<long>("syncxr.balancer.attempts.rejected", "{attempt}");
    public static readonly Histogram<double> StepSeconds = _meter.CreateHistogram<double>("syncxr.balancer.step.duration", "s");
    public static readonly Histogram<double> SealSeconds = _meter.CreateHistogram<double>("syncxr.balancer.seal.duration", "s");
}
