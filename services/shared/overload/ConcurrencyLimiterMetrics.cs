using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Overload;

/// <summary>Metrics of every admission, told apart by the tag <c>queue</c>.</summary>
internal static class ConcurrencyLimiterMetrics
{
    private static readonly Meter _meter = new("SynCxr.Mesh.Admission");
    private static readonly UpDownCounter<int> _waiting = _meter.CreateUpDownCounter<int>("syncxr.admission.waiting", "{call}",
        "Calls that wait.");
    private static readonly Histogram<double> _wait = _meter.CreateHistogram<double>("syncxr.admission.wait", "s", "Time in the queue.");
    private static readonly Counter<long> _refused = _meter.CreateCounter<long>("syncxr.admission.refused", "{call}",
        "Calls that were refused, by reason.");

    public static void ChangeWaiting(string queue, int change) => _waiting.Add(change, new KeyValuePair<string, object?>("queue", queue));

    public static void RecordWait(string queue, TimeSpan time) =>
        _wait.Record(time.TotalSeconds, new KeyValuePair<string, object?>("queue", queue));

    public static void RecordRefusal(string queue, string reason) =>
        _refused.Add(1, new("queue", queue), new KeyValuePair<string, object?>("reason", reason));
}
