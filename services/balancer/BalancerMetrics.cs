using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Balancer.Canaries;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Balancer;

/// <summary>Spans and metrics of the balancer.</summary>
internal sealed class BalancerMetrics
{
    public const string Name = "SynCxr.Mesh.Balancer";

    private static readonly ActivitySource _source = new(Name);
    private readonly Counter<long> _acceptedPairs;
    private readonly Counter<long> _rejectedAttempts;
    private readonly Counter<long> _lostObjects;
    private readonly Counter<long> _canaries;
    private readonly RecentCanaries _recentCanaries = new();
    private readonly Histogram<double> _stepDuration;
    private readonly Histogram<double> _sealDuration;

    public BalancerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _acceptedPairs = meter.CreateCounter<long>("syncxr.balancer.pairs.accepted", "{pair}", "Pairs accepted into a data set.");
        _rejectedAttempts = meter.CreateCounter<long>("syncxr.balancer.attempts.rejected", "{attempt}", "Attempts rejected, by step.");
        _lostObjects = meter.CreateCounter<long>("syncxr.balancer.objects.lost", "{object}",
            "Images and features that were gone from the object store, or damaged, and were made again.");
        _canaries = meter.CreateCounter<long>("syncxr.balancer.canaries", "{picture}",
            "Verdicts on pictures whose verdict is known, by what it must be and what it was.");
        meter.CreateObservableGauge("syncxr.balancer.canaries.false_accept", () => Measure(_recentCanaries.Find(isGood: false)),
            description: "Share of the last 200 bad canaries that were accepted, with its 95 % interval.");
        meter.CreateObservableGauge("syncxr.balancer.canaries.false_reject", () => Measure(_recentCanaries.Find(isGood: true)),
            description: "Share of the last 200 good canaries that were rejected, with its 95 % interval.");
        _stepDuration = meter.CreateHistogram<double>("syncxr.balancer.step.duration", "s", "Time of one step of a pair, by step.");
        _sealDuration = meter.CreateHistogram<double>("syncxr.balancer.seal.duration", "s", "Time to seal a data set.");
    }

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
        return _source.StartActivity(span, ActivityKind.Internal, trace, [new("syncxr.dataset", dataset)], asked);
    }

    public void RecordAccepted(int pairs) => _acceptedPairs.Add(pairs);

    /// <param name="step">The step that rejected the attempt: a check, the judge, or <c>duplicate</c>.</param>
    public void RecordRejected(string step) => _rejectedAttempts.Add(1, new KeyValuePair<string, object?>("step", step));

    /// <summary>Objects that were lost and are made again.</summary>
    public void RecordLostObjects(int objects) => _lostObjects.Add(objects);

    /// <param name="isGood">Whether it must be accepted.</param>
    public void RecordCanary(bool isGood, bool isAccepted)
    {
        _recentCanaries.Add(isGood, isGood != isAccepted);
        _canaries.Add(1, new("kind", isGood ? "good" : "bad"), new("accepted", isAccepted));
    }

    public void RecordStep(string step, TimeSpan elapsed) =>
        _stepDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("step", step));

    public void RecordSeal(TimeSpan elapsed) => _sealDuration.Record(elapsed.TotalSeconds);

    /// <summary>A share and both ends of its interval; nothing where there is none.</summary>
    private static IEnumerable<Measurement<double>> Measure(WilsonInterval? share) => share is null ? [] :
    [
        new(share.Value, new KeyValuePair<string, object?>("bound", "value")),
        new(share.Low, new KeyValuePair<string, object?>("bound", "low")),
        new(share.High, new KeyValuePair<string, object?>("bound", "high")),
    ];
}
