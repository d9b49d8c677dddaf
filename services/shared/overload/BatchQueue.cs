namespace SynCxr.Mesh.Overload;

/// <summary>The waiting rows, in the order of a <see cref="TenantFairQueue{T}"/>. Not synchronised.</summary>
internal sealed class BatchQueue<TItem, TResult>(TenantWeights weights, TimeProvider time)
{
    private readonly TenantFairQueue<BatchRow<TItem, TResult>> _queue = new(weights, time);

    public int Count => _queue.Count;

    /// <summary>All that waits, in no particular order.</summary>
    public IEnumerable<BatchRow<TItem, TResult>> Rows => _queue.Places.Select(place => place.Item);

    /// <summary>What comes next; null where nothing waits.</summary>
    public BatchRow<TItem, TResult>? Next => _queue.PeekNext()?.Item;

    /// <summary>What one tenant has waiting here.</summary>
    public int CountOf(string tenant) => _queue.CountOf(tenant);

    /// <summary>The waiting rows that go before one with these options.</summary>
    public IReadOnlyList<BatchRow<TItem, TResult>> FindAhead(BatchRowOptions options) =>
        [.. _queue.FindAhead(options.Tenant, options.Priority).Select(place => place.Item)];

    public void Add(BatchRow<TItem, TResult> row) =>
        row.Place = _queue.Add(row, row.Options.Tenant, row.Options.Priority, row.Options.Weight * row.Options.Turns);

    public void Remove(BatchRow<TItem, TResult> row)
    {
        if (row.Place is { } place)
            _queue.Remove(place);
    }

    public void RemoveEnded(DateTimeOffset now)
    {
        foreach (var row in Rows.ToList())
        {
            row.Expire(now);
            if (row.IsDone)
                Remove(row);
        }
    }

    /// <summary>
    /// Moves rows from the head into the batch until it is full. A head of another key closes the door for all rows of its tenant, so that
    /// a steady stream of one key can't starve another; where the batch goes on from the turn before, for the rows of all tenants.
    /// </summary>
    public void MoveTo(List<BatchRow<TItem, TResult>> batch, int limit)
    {
        var isContinuing = batch.Count > 0;
        var closed = new HashSet<string>(StringComparer.Ordinal);
        while (batch.Count < limit && _queue.PeekNext(closed) is { } next)
        {
            if (batch.Count > 0 && batch[0].Options.Key != next.Item.Options.Key)
            {
                if (isContinuing)
                    return;
                closed.Add(next.Tenant);
                continue;
            }

            _queue.Dequeue(next);
            batch.Add(next.Item);
        }
    }
}
