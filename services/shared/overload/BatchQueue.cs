namespace SynCxr.Mesh.Overload;

/// <summary>The waiting rows, highest priority first, equal ones in order of arrival. Not synchronised.</summary>
internal sealed class BatchQueue<TItem, TResult>
{
    private readonly List<BatchRow<TItem, TResult>> _rows = [];

    public int Count => _rows.Count;

    public IEnumerable<BatchRow<TItem, TResult>> Rows => _rows;

    /// <summary>How many waiting rows go before one of this priority.</summary>
    public int CountAhead(int priority)
    {
        var index = _rows.Count;
        while (index > 0 && _rows[index - 1].Options.Priority < priority)
            index--;
        return index;
    }

    public void Add(BatchRow<TItem, TResult> row) => _rows.Insert(CountAhead(row.Options.Priority), row);

    public void Remove(BatchRow<TItem, TResult> row) => _rows.Remove(row);

    public void RemoveEnded(DateTimeOffset now)
    {
        foreach (var row in _rows)
            row.Expire(now);
        _rows.RemoveAll(row => row.IsDone);
    }

    /// <summary>
    /// Moves rows from the head into the batch until it is full. A head of another key closes the door for all behind it, so
    /// that a steady stream of one key can't starve another.
    /// </summary>
    public void MoveTo(List<BatchRow<TItem, TResult>> batch, int limit)
    {
        while (_rows.Count > 0 && batch.Count < limit && (batch.Count == 0 || batch[0].Options.Key == _rows[0].Options.Key))
        {
            batch.Add(_rows[0]);
            _rows.RemoveAt(0);
        }
    }
}
