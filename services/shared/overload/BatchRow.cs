using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Overload;

/// <summary>One admitted item. A turn completes it, fails it, takes it out to be answered later, or leaves it for the next turn.</summary>
public sealed class BatchRow<TItem, TResult>
{
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal BatchRow(TItem item, BatchRowOptions options, int position, long arrival)
    {
        Item = item;
        Options = options;
        Position = position;
        Arrival = arrival;
        TurnsLeft = options.Turns;
    }

    /// <summary>What was admitted.</summary>
    public TItem Item { get; }

    /// <summary>What it was admitted with.</summary>
    public BatchRowOptions Options { get; }

    /// <summary>Rows that were ahead of it when it was admitted.</summary>
    public int Position { get; }

    /// <summary>The answer; cancelled with the row's token, failed when its deadline passes.</summary>
    public Task<TResult> Completion => _completion.Task;

    /// <summary>True once answered, failed or cancelled: a turn may leave it out.</summary>
    public bool IsDone => _completion.Task.IsCompleted;

    /// <summary>Takes the row out of the batch after this turn; who calls it answers or fails the row later.</summary>
    public void LeaveBatch() => HasLeft = true;

    internal bool HasLeft { get; private set; }

    /// <summary>True for a row that the next turn is to work on.</summary>
    internal bool NeedsTurn => !IsDone && !HasLeft;

    internal long Arrival { get; }

    /// <summary>Where it waits; set once it does.</summary>
    internal QueuePlace<BatchRow<TItem, TResult>>? Place { get; set; }

    internal int TurnsLeft { get; set; }

    /// <summary>Answers the row; it leaves the batch.</summary>
    public void Complete(TResult result) => _completion.TrySetResult(result);

    /// <summary>Fails the row; it leaves the batch and the others go on.</summary>
    public void Fail(Exception exception) => _completion.TrySetException(exception);

    internal void Cancel(CancellationToken token) => _completion.TrySetCanceled(token);

    internal void Expire(DateTimeOffset now)
    {
        if (Options.Deadline <= now)
            Fail(new MeshException(ErrorReasons.DeadlineUnmeetable, "The deadline passed before the answer was ready."));
    }

    internal double WorkLeft => Options.Weight * Math.Max(1, TurnsLeft);
}
