using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Overload;

/// <summary>Metrics of every batcher of a process, told apart by the tag <c>batcher</c>.</summary>
public sealed class BatcherMetrics
{
    /// <summary>The meter to subscribe to.</summary>
    public const string Name = "SynCxr.Mesh.Batching";

    private readonly Counter<long> _batches;
    private readonly Histogram<int> _rows;
    private readonly Histogram<double> _wait;
    private readonly Histogram<double> _turn;
    private readonly Counter<long> _refused;
    private readonly UpDownCounter<int> _waiting;
    private readonly UpDownCounter<int> _inFlight;

    public BatcherMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _batches = meter.CreateCounter<long>("syncxr.batcher.batches", "{batch}", "Batches run, by the reason that closed them.");
        _rows = meter.CreateHistogram<int>("syncxr.batcher.rows", "{row}", "Rows in a batch.");
        _wait = meter.CreateHistogram<double>("syncxr.batcher.wait", "s", "Time from admission to the first turn.");
        _turn = meter.CreateHistogram<double>("syncxr.batcher.turn", "s", "Time of one turn.");
        _refused = meter.CreateCounter<long>("syncxr.batcher.refused", "{row}", "Rows that were refused, by reason.");
        _waiting = meter.CreateUpDownCounter<int>("syncxr.batcher.waiting", "{row}", "Rows that wait.");
        _inFlight = meter.CreateUpDownCounter<int>("syncxr.batcher.in_flight", "{row}", "Rows that wait or are in the batch that runs.");
    }

    internal void RecordBatch(string batcher, BatchCloseReason close, int rows, TimeSpan turn)
    {
        _batches.Add(1, BatcherTag(batcher), new("close", close.ToString()));
        _rows.Record(rows, BatcherTag(batcher));
        _turn.Record(turn.TotalSeconds, BatcherTag(batcher));
    }

    internal void RecordWait(string batcher, TimeSpan wait) => _wait.Record(wait.TotalSeconds, BatcherTag(batcher));

    internal void RecordRefusal(string batcher, string reason) => _refused.Add(1, BatcherTag(batcher), new("reason", reason));

    internal void ChangeWaiting(string batcher, int change) => Change(_waiting, batcher, change);

    internal void ChangeInFlight(string batcher, int change) => Change(_inFlight, batcher, change);

    private static void Change(UpDownCounter<int> counter, string batcher, int change)
    {
        if (change != 0)
            counter.Add(change, BatcherTag(batcher));
    }

    private static KeyValuePair<string, object?> BatcherTag(string batcher) => new("batcher", batcher);
}
