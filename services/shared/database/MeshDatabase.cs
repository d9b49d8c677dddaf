using Microsoft.EntityFrameworkCore;

namespace SynCxr.Mesh.Database;

/// <summary>Opens contexts on the database that a service's settings name, and runs transactions on it.</summary>
public abstract class MeshDatabase<TDb>
    where TDb : DbContext
{
    /// <summary>The name that configuration picks it by.</summary>
    public abstract string Name { get; }

    /// <summary>True when other processes may be at work on the same rows.</summary>
    public abstract bool IsShared { get; }

    /// <summary>
    /// What a <c>SELECT</c> of rows that this transaction will claim ends with: rows that another one holds are passed over.
    /// </summary>
    public abstract string SkipLockedClause { get; }

    /// <summary>For queries outside a transaction.</summary>
    public abstract TDb CreateContext();

    /// <summary>Brings the tables up to date; of several processes that start at once, one does it.</summary>
    public abstract Task MigrateAsync(CancellationToken cancellation);

    /// <summary>
    /// Runs one transaction; what it throws rolls it back. <paramref name="work"/> may run more than once, each time on a
    /// new context: it changes no object that it did not make itself.
    /// </summary>
    public abstract Task<T> TransactAsync<T>(Func<TDb, Task<T>> work, CancellationToken cancellation);
}
