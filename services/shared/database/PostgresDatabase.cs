using Microsoft.EntityFrameworkCore;

namespace SynCxr.Mesh.Database;

/// <summary>
/// A PostgreSQL server that several replicas share. Rows are claimed by compare-and-set under row locks, so no lock within a process is
/// needed. What fails because the server was stopped runs again (<see cref="PostgresRetryStrategy"/>).
/// </summary>
public sealed class PostgresDatabase<TDb, TPostgres> : MeshDatabase<TDb>
    where TDb : DbContext
    where TPostgres : TDb
{
    /// <summary>Key of the advisory lock that migrations run under: "syncxr" as a number.</summary>
    private const long MigrationLockKey = 0x73796E637872;

    private static readonly TimeSpan _longestMigration = TimeSpan.FromMinutes(30);
    private readonly DbContextOptions<TPostgres> _options;
    private readonly Func<DbContextOptions<TPostgres>, TPostgres> _createContext;

    public PostgresDatabase(DatabaseOptions options, TimeProvider clock, Func<DbContextOptions<TPostgres>, TPostgres> open)
    {
        _createContext = open;
        _options = new DbContextOptionsBuilder<TPostgres>()
            .UseNpgsql(options.ConnectionString,
                npgsql => npgsql.ExecutionStrategy(d => new PostgresRetryStrategy(d, options.DatabaseRetryLimit, clock)))
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .Options;
    }

    public override string Name => DatabaseNames.Postgres;

    public override bool IsShared => true;

    public override string SkipLockedClause => "FOR UPDATE SKIP LOCKED";

    public override TDb CreateContext() => _createContext(_options);

    public override Task MigrateAsync(CancellationToken cancellation) => RunWithRetriesAsync(
        async db =>
        {
            db.Database.SetCommandTimeout(_longestMigration);
            await db.Database.OpenConnectionAsync(cancellation); // the lock belongs to this connection and ends with it, whatever happens
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({MigrationLockKey})", cancellation);
            await db.Database.MigrateAsync(cancellation);
            return await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({MigrationLockKey})", cancellation);
        },
        cancellation);

    public override Task<T> TransactAsync<T>(Func<TDb, Task<T>> transaction, CancellationToken cancellation) => RunWithRetriesAsync(
        async db =>
        {
            await using var open = await db.Database.BeginTransactionAsync(cancellation);
            var result = await transaction(db);
            await open.CommitAsync(CancellationToken.None);
            return result;
        },
        cancellation);

    /// <summary>EF Core retries a unit of work through the strategy of a context; this context does nothing else.</summary>
    private async Task<T> RunWithRetriesAsync<T>(Func<TDb, Task<T>> work, CancellationToken cancellation)
    {
        await using var context = CreateContext();
        return await context.Database.CreateExecutionStrategy().ExecuteAsync(
            async _ =>
            {
                await using var db = CreateContext();
                return await work(db);
            },
            cancellation);
    }
}
