using SynCxr.Mesh.Balancer.Draws;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Opens contexts on the database that <c>Balancer:Database</c> names, and runs transactions on it.</summary>
internal abstract class RowStore
{
    /// <summary>The name that configuration picks it by.</summary>
    public abstract string Name { get; }

    /// <summary>True when other processes may be at work on the same rows.</summary>
    public abstract bool IsShared { get; }

    /// <summary>What a <c>SELECT</c> of rows that this transaction will claim ends with: rows that another one holds are passed over.</summary>
    public abstract string SkipLocked { get; }

    /// <summary>For queries outside a transaction.</summary>
    public abstract BalancerDb Read();

    /// <summary>Brings the tables up to date; of several processes that start at once, one does it.</summary>
    public abstract Task MigrateAsync(CancellationToken cancellation);

    /// <summary>
    /// Runs one transaction; what it throws rolls it back. <paramref name="work"/> may run more than once, each time on a
    /// new context: it changes no object that it did not make itself.
    /// </summary>
    public abstract Task<T> WriteAsync<T>(Func<BalancerDb, Task<T>> work, CancellationToken cancellation);

    /// <summary>Adds a row for each pair of a plan, within the caller's transaction.</summary>
    public abstract Task AddPairsAsync(BalancerDb db, DatasetRow dataset, DrawPlan plan, CancellationToken cancellation);
}
