using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using SynCxr.Mesh.Balancer.Draws;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>
/// A server that several replicas share. Rows are claimed by compare-and-set under row locks, so no lock of a process is
/// needed. A statement or a transaction that meets a stopped server is run again (<see cref="Patience"/>).
/// </summary>
internal sealed class PostgresRows : RowStore
{
    /// <summary>Key of the advisory lock that migrations run under: "syncxr" as a number.</summary>
    private const long MigrationLock = 0x73796E637872;

    private const int PairsPerStatement = 10_000;
    private static readonly TimeSpan _longestMigration = TimeSpan.FromMinutes(30);
    private readonly DbContextOptions<PostgresDb> _options;

    public PostgresRows(BalancerOptions options, TimeProvider clock) =>
        _options = new DbContextOptionsBuilder<PostgresDb>()
            .UseNpgsql(options.ConnectionString, npgsql => npgsql.ExecutionStrategy(d => new Patience(d, options.DatabasePatience, clock)))
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .Options;

    public override string Name => Databases.Postgres;

    public override bool IsShared => true;

    public override string SkipLocked => "FOR UPDATE SKIP LOCKED";

    public override BalancerDb Read() => new PostgresDb(_options);

    public override Task MigrateAsync(CancellationToken cancellation) => AgainAsync(
        async db =>
        {
            db.Database.SetCommandTimeout(_longestMigration);
            await db.Database.OpenConnectionAsync(cancellation); // the lock is this connection's: it goes with it, whatever happens
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({MigrationLock})", cancellation);
            await db.Database.MigrateAsync(cancellation);
            return await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({MigrationLock})", cancellation);
        },
        cancellation);

    public override Task<T> WriteAsync<T>(Func<BalancerDb, Task<T>> work, CancellationToken cancellation) => AgainAsync(
        async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            var result = await work(db);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        },
        cancellation);

    public override async Task AddPairsAsync(BalancerDb db, DatasetRow dataset, DrawPlan plan, CancellationToken cancellation)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        for (var from = 0; from < plan.Count; from += PairsPerStatement)
        {
            var indexes = Enumerable.Range(from, Math.Min(PairsPerStatement, plan.Count - from)).Select(i => (long)i).ToArray();
            await using var insert = connection.CreateCommand();
            insert.Transaction = (NpgsqlTransaction?)db.Database.CurrentTransaction?.GetDbTransaction();
            insert.CommandText = $"""
                INSERT INTO pairs ({PlannedPair.Columns})
                SELECT {PlannedPair.Values("planned.index", "planned.entities", "''::bytea", "false")} FROM unnest(@indexes, @entities) AS planned(index, entities)
                """;
            insert.Parameters.AddWithValue("dataset", dataset.Id);
            insert.Parameters.AddWithValue("tenant", dataset.Tenant);
            insert.Parameters.AddWithValue("size", dataset.ShardSize);
            insert.Parameters.AddWithValue("indexes", indexes);
            insert.Parameters.AddWithValue("entities", Array.ConvertAll(indexes, i => JsonSerializer.Serialize(plan[(int)i].Select(e => e.Id))));
            await insert.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>EF's way to run a unit of work again: the strategy of a context that does nothing else.</summary>
    private async Task<T> AgainAsync<T>(Func<BalancerDb, Task<T>> work, CancellationToken cancellation)
    {
        await using var context = Read();
        return await context.Database.CreateExecutionStrategy().ExecuteAsync(
            async _ =>
            {
                await using var db = Read();
                return await work(db);
            },
            cancellation);
    }
}
