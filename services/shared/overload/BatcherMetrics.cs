using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Overload;

/// <summary>Metrics of all batchers, told apart by the tag <c>batcher</c>.</summary>
public static class BatcherMetrics
{
    /// <summary>The meter to subscribe to.</summary>
    public const string MeterName = "SynCxr.Mesh.Batching";

    private static readonly Meter _meter = new(MeterName);
    private static readonly Counter<long> _batches = _meter.CreateCounter<long>("syncxr.batcher.batches", "{batch}",
        "Batches run, by the reason that closed them.");
    private static readonly Histogram<int> _rows = _meter.CreateHistogram<int>("syncxr.batcher.rows", "{row}", "Rows in a batch.");
    private static readonly Histogram<double> _wait = _meter.CreateHistogram<double>("syncxr.batcher.wait", "s",
        "Time from admission to the first turn.");
    private static readonly Histogram<double> _turn = _meter.CreateHistogram<double>("syncxr.batcher.turn", "s", "Time of one turn.");
    private static readonly Counter<long> _refused = _meter.CreateCounter<long>("syncxr.batcher.refused", "{row}",
        "Rows that were refused, by reason.");
    private static readonly UpDownCounter<int> _waiting = _meter.CreateUpDownCounter<int>("syncxr.batcher.waiting", "{row}",
        "Rows that wait.");

    internal static void RecordBatch(string batcher, BatchCloseReason close, int rows, TimeSpan turn)
    {
        var name = new KeyValuePair<string, object?>("batcher", batcher);
        _batches.Add(1, name, new("close", close.ToString()));
        _rows.Record(rows, name);
        _turn.Record(turn.TotalSeconds, name);
    }

    internal static void RecordWait(string batcher, TimeSpan wait) =>
        _wait.Record(wait.TotalSeconds, new KeyValuePair<string, object?>("batcher", batcher));

    internal static void RecordRefusal(string batcher, string reason) =>
        _refused.Add(1, new KeyValuePair<string, object?>("batcher", batcher), new("reason", reason));

    internal static void ChangeWaiting(string batcher, int change)
    {
        if (change != 0)
            _waiting.Add(change, new KeyValuePair<string, object?>("batcher", batcher));
    }
}
