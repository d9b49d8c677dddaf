using Grpc.Core;

namespace SynCxr.Mesh.Overload;

/// <summary>The limits of a batcher.</summary>
/// <param name="Name">What waits in it, for messages and metrics: "image", "verdict".</param>
public sealed record BatcherOptions(string Name)
{
    /// <summary>
    /// Rows of one tenant that may wait; the next one is refused. All tenants together may have
    /// <see cref="TenantQueuePolicy.FullQueues"/> times as many. At least 1. Default 64.
    /// </summary>
    public int QueueLimit { get; init; } = 64;

    /// <summary>Rows of one tenant that may wait before a new one is refused.</summary>
    public int NewcomerLimit => TenantQueuePolicy.LimitNewcomers(QueueLimit);

    /// <summary>How much of the engine each tenant gets while several wait for it. Default: the same.</summary>
    public TenantWeights Weights { get; init; } = TenantWeights.Equal;

    /// <summary>Rows in one turn. At least 1. Default 8.</summary>
    public int MaxBatch { get; init; } = 8;

    /// <summary>How long the first row of a batch waits for others to share the turn. Default 2 ms.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(2);
}

/// <summary>What the batcher must know about one row.</summary>
public sealed record BatchRowOptions
{
    /// <summary>Only rows of one key share a batch: the model and the tensor shape.</summary>
    public string Key { get; init; } = "";

    /// <summary>Whose row it is: tenants take turns.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>
    /// Within the tenant, higher goes first, equal ones in order of arrival; <see cref="TenantFairQueue{T}.AgeingStep"/> of waiting count
    /// as one. Default 0.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>
    /// When the answer comes too late to be of use: a row that can't meet it is refused at once, one that misses it fails. Null for none.
    /// </summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>True for a row that was refused before: the last quarter of the queue is for these.</summary>
    public bool IsRetry { get; init; }

    /// <summary>What a call says of its rows.</summary>
    public static BatchRowOptions FromCall(ServerCallContext call, string tenant, int priority = 0) => new()
    {
        Tenant = tenant,
        Priority = priority,
        Deadline = call.Deadline == DateTime.MaxValue ? null : new DateTimeOffset(call.Deadline.ToUniversalTime(), TimeSpan.Zero),
        IsRetry = RequestConcurrencyLimiter.IsRetry(call),
    };

    /// <summary>Turns that the row is going to need, such as denoising steps.</summary>
    public int Turns { get; init; } = 1;

    /// <summary>Work of one turn, in any unit that is the same for all rows.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>Why a batch was closed and run.</summary>
public enum BatchCloseReason
{
    /// <summary>It had as many rows as it may.</summary>
    Full,

    /// <summary>Its first row had waited long enough.</summary>
    Delay,

    /// <summary>A row that can't share it stood at the head of the queue.</summary>
    Incompatible,

    /// <summary>A row's deadline left no time to wait.</summary>
    Deadline,

    /// <summary>Rows of the turn before needed another turn; these never wait.</summary>
    Continuing,
}
