using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Overload;

/// <summary>Metrics of every <see cref="RequestConcurrencyLimiter"/> of a process, told apart by the tag <c>queue</c>.</summary>
public sealed class ConcurrencyLimiterMetrics
{
    /// <summary>The meter to subscribe to.</summary>
    public const string Name = "SynCxr.Mesh.Admission";

    private readonly UpDownCounter<int> _waiting;
    private readonly UpDownCounter<int> _inFlight;
    private readonly Histogram<double> _wait;
    private readonly Counter<long> _refused;

    public ConcurrencyLimiterMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _waiting = meter.CreateUpDownCounter<int>("syncxr.admission.waiting", "{call}", "Calls that wait.");
        _inFlight = meter.CreateUpDownCounter<int>("syncxr.admission.in_flight", "{call}", "Calls that wait or run.");
        _wait = meter.CreateHistogram<double>("syncxr.admission.wait", "s", "Time in the queue.");
        _refused = meter.CreateCounter<long>("syncxr.admission.refused", "{call}", "Calls that were refused, by reason.");
    }

    internal void ChangeWaiting(string queue, int change) => _waiting.Add(change, QueueTag(queue));

    internal void ChangeInFlight(string queue, int change) => _inFlight.Add(change, QueueTag(queue));

    internal void RecordWait(string queue, TimeSpan time) => _wait.Record(time.TotalSeconds, QueueTag(queue));

    internal void RecordRefusal(string queue, string reason) => _refused.Add(1, QueueTag(queue), new("reason", reason));

    private static KeyValuePair<string, object?> QueueTag(string queue) => new("queue", queue);
}
