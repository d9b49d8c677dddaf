using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Database;

/// <summary>
/// A PostgreSQL server that several replicas share. Rows are claimed by compare-and-set under row locks, so no lock within a process is
/// needed. What fails because the server was stopped runs again (<see cref="PostgresRetryStrategy"/>).
/// </summary>
public sealed class PostgresDatabase<TDb, TPostgres> : MeshDatabase<TDb>
    where TDb : DbContext
    where TPostgres : TDb
{
    /// <summary>How long one try to connect at start may take.</summary>
    private const int ConnectSeconds = 5;

    /// <summary>Key of the advisory lock that migrations run under: "syncxr" as a number.</summary>
    private const long MigrationLockKey = 0x73796E637872;

    private static readonly TimeSpan _longestMigration = TimeSpan.FromMinutes(30);
    private readonly DbContextOptions<TPostgres> _options;
    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly string _setting;
    private readonly Func<DbContextOptions<TPostgres>, TPostgres> _createContext;

    public PostgresDatabase(DatabaseOptions options, TimeProvider clock, Func<DbContextOptions<TPostgres>, TPostgres> open)
    {
        _createContext = open;
        _connection = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        _setting = $"{SettingKeys.GetSection(options.GetType())}:{nameof(DatabaseOptions.ConnectionString)}";
        _options = new DbContextOptionsBuilder<TPostgres>()
            .UseNpgsql(options.ConnectionString,
                npgsql => npgsql.ExecutionStrategy(d => new PostgresRetryStrategy(d, options.DatabaseRetryLimit, clock)))
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            // all migrations are to be one transaction, since the lock on them is the transaction's
            .ConfigureWarnings(w => w.Ignore(RelationalEventId.MigrationsUserTransactionWarning))
            .Options;
    }

    public override string Name => DatabaseNames.Postgres;

    public override bool IsShared => true;

    public override string SkipLockedClause => "FOR UPDATE SKIP LOCKED";

    public override TDb CreateContext() => _createContext(_options);

    public override Task OpenAsync(ServerWait wait, CancellationToken cancellation)
    {
        var errors = new PostgresStartErrorFormatter(_setting, _connection);
        return wait.WaitAsync(errors.Server, _setting,
            async limit =>
            {
                // Not pooled and without retries: each failure is to be seen, and none to stay in the pool.
                var probe = new NpgsqlConnectionStringBuilder(_connection.ToString()) { Pooling = false, Timeout = ConnectSeconds };
                await using (var connection = new NpgsqlConnection(probe.ToString()))
                    await connection.OpenAsync(limit);
                await MigrateAsync(limit);
            },
            errors.Describe, cancellation);
    }

    /// <summary>
    /// One transaction for the lock and all migrations: a lock of the session would stay behind in a pool of connections between this
    /// process and the server (PgBouncer in transaction mode), and every later process would wait for it.
    /// </summary>
    public override Task MigrateAsync(CancellationToken cancellation) => RunWithRetriesAsync(
        async db =>
        {
            db.Database.SetCommandTimeout(_longestMigration);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({MigrationLockKey})", cancellation);
            // Without its table the history is found missing by an error, which would end the transaction.
            await db.Database.ExecuteSqlRawAsync(db.GetService<IHistoryRepository>().GetCreateIfNotExistsScript(), cancellation);
            await db.Database.MigrateAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return true;
        },
        cancellation);

    public override Task LockAsync(TDb db, string name, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({name}, 0))", cancellation);

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
