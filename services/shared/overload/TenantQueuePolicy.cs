namespace SynCxr.Mesh.Overload;

/// <summary>How much may wait: each tenant has a queue of its own, and together they have a bound.</summary>
public static class TenantQueuePolicy
{
    /// <summary>All tenants together may have as much waiting as this many with full queues: it bounds the memory.</summary>
    public const int FullQueues = 4;

    /// <summary>
    /// What a tenant may have waiting before something new is refused. The last quarter of its queue is kept for what was refused before:
    /// otherwise a steady flood of new calls would starve those that came back when told to.
    /// </summary>
    public static int LimitNewcomers(int limit) => limit - (limit / 4);

    /// <summary>True when one more may wait.</summary>
    /// <param name="ofTenant">What the tenant has waiting.</param>
    /// <param name="ofAll">What all tenants have waiting.</param>
    /// <param name="limit">What one tenant may have waiting.</param>
    /// <param name="isRetry">True for what was refused before.</param>
    public static bool HasRoom(int ofTenant, int ofAll, int limit, bool isRetry) =>
        ofTenant < (isRetry ? limit : LimitNewcomers(limit)) && ofAll < (long)limit * FullQueues;
}
