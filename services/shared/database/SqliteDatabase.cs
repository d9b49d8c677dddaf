using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Database;

/// <summary>
/// A SQLite file that one process uses: any number of readers, one writer at a time. WAL mode with <c>synchronous=FULL</c>, so what is
/// committed is on disk.
/// </summary>
public sealed class SqliteDatabase<TDb, TSqlite> : MeshDatabase<TDb>, IDisposable
    where TDb : DbContext
    where TSqlite : TDb
{
    private readonly SemaphoreSlim _writerLock = new(1, 1);
    private readonly DbContextOptions<TSqlite> _options;
    private readonly Func<DbContextOptions<TSqlite>, TSqlite> _createContext;
    private readonly string _file;

    public SqliteDatabase(string file, Func<DbContextOptions<TSqlite>, TSqlite> open)
    {
        _file = Path.GetFullPath(file);
        _createContext = open;
        var connection = new SqliteConnectionStringBuilder { DataSource = _file, DefaultTimeout = 60 };
        _options = new DbContextOptionsBuilder<TSqlite>()
            .UseSqlite(connection.ToString())
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new FullSyncInterceptor())
            .Options;
    }

    public override string Name => DatabaseNames.Sqlite;

    public override bool IsShared => false;

    public override string SkipLockedClause => "";

    public override TDb CreateContext() => _createContext(_options);

    public override async Task OpenAsync(ServerWait wait, CancellationToken cancellation)
    {
        try
        {
            await MigrateAsync(cancellation);
        }
        catch (Exception error) when (error is DbException or IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The database file '{_file}' can't be opened: {error.Message.TrimEnd('.')}. Mend or move it, or name "
                + "another state folder.", error);
        }
    }

    public override async Task MigrateAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        await _writerLock.WaitAsync(cancellation);
        try
        {
            await using var db = CreateContext();
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellation);
            await db.Database.MigrateAsync(cancellation);
        }
        finally
        {
            _writerLock.Release();
        }
    }

    /// <summary>Nothing to do: there is one transaction at a time.</summary>
    public override Task LockAsync(TDb db, string name, CancellationToken cancellation) => Task.CompletedTask;

    public override async Task<T> TransactAsync<T>(Func<TDb, Task<T>> transaction, CancellationToken cancellation)
    {
        await _writerLock.WaitAsync(cancellation);
        try
        {
            await using var db = CreateContext();
            await using var open = await db.Database.BeginTransactionAsync(cancellation);
            var result = await transaction(db);
            await open.CommitAsync(CancellationToken.None);
            return result;
        }
        finally
        {
            _writerLock.Release();
        }
    }

    public void Dispose() => _writerLock.Dispose();

    private sealed class FullSyncInterceptor : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA synchronous=FULL";
            command.ExecuteNonQuery();
        }

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData,
            CancellationToken cancellationToken = default)
        {
            ConnectionOpened(connection, eventData);
            return Task.CompletedTask;
        }
    }
}
