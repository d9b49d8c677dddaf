using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>
/// Opens contexts: readers freely, one writer at a time. SQLite in WAL mode with <c>synchronous=FULL</c>, so a committed
/// step is on disk.
/// </summary>
internal sealed class RowStore : IDisposable
{
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly DbContextOptions<BalancerDb> _options;
    private readonly string _file;

    public RowStore(IOptions<BalancerOptions> options)
    {
        _file = Path.Combine(Path.GetFullPath(options.Value.StateFolder), "balancer.db");
        var connection = new SqliteConnectionStringBuilder { DataSource = _file, DefaultTimeout = 60 };
        _options = new DbContextOptionsBuilder<BalancerDb>()
            .UseSqlite(connection.ToString())
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new FullSync())
            .Options;
    }

    public BalancerDb Read() => new(_options);

    /// <summary>Makes the file and brings its tables up to date.</summary>
    public async Task MigrateAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        await _writer.WaitAsync(cancellation);
        try
        {
            await using var db = new BalancerDb(_options);
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellation);
            await db.Database.MigrateAsync(cancellation);
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>Runs one transaction; what it throws rolls it back.</summary>
    public async Task<T> WriteAsync<T>(Func<BalancerDb, Task<T>> work, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            await using var db = new BalancerDb(_options);
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

    public void Dispose() => _writer.Dispose();

    private sealed class FullSync : Microsoft.EntityFrameworkCore.Diagnostics.DbConnectionInterceptor
    {
        public override void ConnectionOpened(System.Data.Common.DbConnection connection, Microsoft.EntityFrameworkCore.Diagnostics.ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA synchronous=FULL";
            command.ExecuteNonQuery();
        }

        public override Task ConnectionOpenedAsync(
            System.Data.Common.DbConnection connection, Microsoft.EntityFrameworkCore.Diagnostics.ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            ConnectionOpened(connection, eventData);
            return Task.CompletedTask;
        }
    }
}
