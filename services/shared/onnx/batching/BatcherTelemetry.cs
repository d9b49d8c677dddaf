using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Onnx.Batching;

/// <summary>Metrics of all batchers, told apart by the tag <c>batcher</c>.</summary>
public static class BatcherTelemetry
{
    /// <summary>The meter to subscribe to.</summary>
    public const string MeterName = "SynCxr.Mesh.Batching";

    private static readonly Meter s_meter = new(MeterName);
    private static readonly Counter<long> s_batches = s_meter.CreateCounter<long>("syncxr.batcher.batches", "{batch}", "Batches run, by the reason that closed them.");
    private static readonly Histogram<int> s_rows = s_meter.CreateHistogram<int>("syncxr.batcher.rows", "{row}", "Rows in a batch.");
    private static readonly Histogram<double> s_wait = s_meter.CreateHistogram<double>("syncxr.batcher.wait", "s", "Time from admission to the first turn.");
    private static readonly Histogram<double> s_turn = s_meter.CreateHistogram<double>("syncxr.batcher.turn", "s", "Time of one turn.");
    private static readonly Counter<long> s_refused = s_meter.CreateCounter<long>("syncxr.batcher.refused", "{row}", "Rows that were refused, by reason.");
    private static readonly UpDownCounter<int> s_waiting = s_meter.CreateUpDownCounter<int>("syncxr.batcher.waiting", "{row}", "Rows that wait.");

    internal static void Batch(string batcher, BatchClose close, int rows, TimeSpan turn)
    {
        var name = new KeyValuePair<string, object?>("batcher", batcher);
        s_batches.Add(1, name, new("close", close.ToString()));
        s_rows.Record(rows, name);
        s_turn.Record(turn.TotalSeconds, name);
    }

    internal static void Waited(string batcher, TimeSpan wait) => s_wait.Record(wait.TotalSeconds, new KeyValuePair<string, object?>("batcher", batcher));

    internal static void Refused(string batcher, string reason) =>
        s_refused.Add(1, new KeyValuePair<string, object?>("batcher", batcher), new("reason", reason));

    internal static void Waiting(string batcher, int change)
    {
        if (change != 0)
            s_waiting.Add(change, new KeyValuePair<string, object?>("batcher", batcher));
    }
}
