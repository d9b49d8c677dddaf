using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Database;

/// <summary>Opens contexts on the database that a service's settings name, and runs transactions on it.</summary>
public abstract class MeshDatabase<TDb>
    where TDb : DbContext
{
    /// <summary>The name that the setting <c>Database</c> chooses it by.</summary>
    public abstract string Name { get; }

    /// <summary>True when other processes may use the same database.</summary>
    public abstract bool IsShared { get; }

    /// <summary>
    /// The end of a <c>SELECT</c> of rows that this transaction will claim: rows that another transaction holds are skipped.
    /// </summary>
    public abstract string SkipLockedClause { get; }

    /// <summary>For queries outside a transaction.</summary>
    public abstract TDb CreateContext();

    /// <summary>Waits for the server at start, and brings the tables up to date.</summary>
    /// <exception cref="StartException">The database can't be opened; says why, where, and what to do.</exception>
    public abstract Task OpenAsync(ServerWait wait, CancellationToken cancellation);

    /// <summary>Brings the tables up to date. Where several processes start at once, one of them does it.</summary>
    public abstract Task MigrateAsync(CancellationToken cancellation);

    /// <summary>Lets one transaction at a time go on that asks for the lock of this name; the end of the transaction frees it.</summary>
    public abstract Task LockAsync(TDb db, string name, CancellationToken cancellation);

    /// <summary>
    /// Runs one transaction, which an exception rolls back. <paramref name="transaction"/> may run more than once, each time on a new
    /// context: it must not change objects that it did not create itself.
    /// </summary>
    public abstract Task<T> TransactAsync<T>(Func<TDb, Task<T>> transaction, CancellationToken cancellation);
}
