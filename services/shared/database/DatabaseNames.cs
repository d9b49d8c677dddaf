using Microsoft.EntityFrameworkCore;

namespace SynCxr.Mesh.Database;

/// <summary>The kinds of database, by the name that the setting <c>Database</c> gives.</summary>
public static class DatabaseNames
{
    /// <summary>A file in the state folder: one process, nothing to install.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>A PostgreSQL server: any number of replicas.</summary>
    public const string Postgres = "postgres";

    public static IReadOnlyCollection<string> All { get; } = [Sqlite, Postgres];

    /// <summary>Opens the database that the options name; each has a context type of its own, since it has migrations of its own.</summary>
    /// <param name="file">The database file, for <c>sqlite</c>.</param>
    public static MeshDatabase<TDb> Open<TDb, TSqlite, TPostgres>(
        DatabaseOptions options, string file, TimeProvider clock, Func<DbContextOptions<TSqlite>, TSqlite> sqlite,
        Func<DbContextOptions<TPostgres>, TPostgres> postgres)
        where TDb : DbContext
        where TSqlite : TDb
        where TPostgres : TDb => options.Database == Postgres
            ? new PostgresDatabase<TDb, TPostgres>(options, clock, postgres) : new SqliteDatabase<TDb, TSqlite>(file, sqlite);
}
