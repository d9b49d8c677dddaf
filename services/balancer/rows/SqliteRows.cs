using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using SynCxr.Mesh.Balancer.Draws;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>
/// A file of one process: readers freely, one writer at a time. WAL mode with <c>synchronous=FULL</c>, so a committed step
/// is on disk.
/// </summary>
internal sealed class SqliteRows : RowStore, IDisposable
{
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly DbContextOptions<SqliteDb> _options;
    private readonly string _file;

    public SqliteRows(BalancerOptions options)
    {
        _file = Path.Combine(Path.GetFullPath(options.StateFolder), "balancer.db");
        var connection = new SqliteConnectionStringBuilder { DataSource = _file, DefaultTimeout = 60 };
        _options = new DbContextOptionsBuilder<SqliteDb>()
            .UseSqlite(connection.ToString())
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new FullSync())
            .Options;
    }

    public override string Name => Databases.Sqlite;

    public override bool IsShared => false;

    public override string SkipLocked => "";

    public override BalancerDb Read() => new SqliteDb(_options);

    public override async Task MigrateAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        await _writer.WaitAsync(cancellation);
        try
        {
            await using var db = Read();
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellation);
            await db.Database.MigrateAsync(cancellation);
        }
        finally
        {
            _writer.Release();
        }
    }

    public override async Task<T> WriteAsync<T>(Func<BalancerDb, Task<T>> work, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            await using var db = Read();
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            var result = await work(db);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>One prepared statement for all rows: a plan of 200,000 pairs is stored in seconds.</summary>
    public override async Task AddPairsAsync(BalancerDb db, DatasetRow dataset, DrawPlan plan, CancellationToken cancellation)
    {
        var connection = (SqliteConnection)db.Database.GetDbConnection();
        await using var insert = connection.CreateCommand();
        insert.Transaction = (SqliteTransaction?)db.Database.CurrentTransaction?.GetDbTransaction();
        insert.CommandText = $"INSERT INTO pairs ({PlannedPair.Columns}) VALUES ({PlannedPair.Values("@index", "@entities", "x''", "0")})";
        insert.Parameters.AddWithValue("@dataset", dataset.Id);
        insert.Parameters.AddWithValue("@tenant", dataset.Tenant);
        insert.Parameters.AddWithValue("@size", dataset.ShardSize);
        var index = insert.Parameters.Add("@index", SqliteType.Integer);
        var entities = insert.Parameters.Add("@entities", SqliteType.Text);
        await insert.PrepareAsync(cancellation);
        for (var i = 0; i < plan.Count; i++)
        {
            index.Value = i;
            entities.Value = JsonSerializer.Serialize(plan[i].Select(e => e.Id));
            await insert.ExecuteNonQueryAsync(cancellation);
        }
    }

    public void Dispose() => _writer.Dispose();

    private sealed class FullSync : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA synchronous=FULL";
            command.ExecuteNonQuery();
        }

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            ConnectionOpened(connection, eventData);
            return Task.CompletedTask;
        }
    }
}
