using System.Collections.Concurrent;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Counts pairs in a row whose conversation is longer than the language model's context, or for which it wrote nothing, in this process.
/// One is that pair's; five in a row are a context that is too small for the data set, or a server that does not work.
/// </summary>
internal sealed class UnusableReportCounter
{
    /// <summary>So many pairs in a row pause the data set.</summary>
    public const int MaxPairs = 5;

    private readonly ConcurrentDictionary<string, HashSet<long>> _pairs = new(StringComparer.Ordinal);

    /// <summary>No attempt at a pair's report was a text.</summary>
    /// <returns>How many different pairs that is since the last report that was written.</returns>
    public int RecordPair(string dataset, long index)
    {
        var pairs = _pairs.GetOrAdd(dataset, _ => []);
        lock (pairs)
        {
            pairs.Add(index);
            return pairs.Count;
        }
    }

    /// <summary>A report was written, or the data set stops.</summary>
    public void Reset(string dataset) => _pairs.TryRemove(dataset, out _);
}
