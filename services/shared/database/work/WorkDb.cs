using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace SynCxr.Mesh.Database.Work;

/// <summary>The database of a service whose only rows are its work. Integers only for states and times, so that both providers order and compare them alike.</summary>
public abstract class WorkDb(DbContextOptions options) : DbContext(options)
{
    public DbSet<WorkRow> Jobs => Set<WorkRow>();

    /// <param name="file">For SQLite.</param>
    public static RowStore<WorkDb> Open(DatabaseOptions options, string file, TimeProvider clock) =>
        Databases.Open<WorkDb, SqliteWorkDb, PostgresWorkDb>(options, file, clock, o => new SqliteWorkDb(o), o => new PostgresWorkDb(o));

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<WorkRow>(row =>
    {
        row.ToTable("work").HasKey(r => r.Id);
        row.Ignore(r => r.HasEnded);
        row.Property(r => r.Version).IsConcurrencyToken();
        row.Property(r => r.Stage).HasConversion<int>();
        row.HasIndex(r => new { r.Kind, r.Tenant, r.Key }).IsUnique(); // both databases take two nulls for different
        row.HasIndex(r => new { r.Kind, r.Tenant, r.Id });
        row.HasIndex(r => new { r.Kind, r.Stage, r.Id });
        row.HasIndex(r => new { r.Kind, r.TellMs });
    });
}

/// <summary>The model on SQLite, with the migrations of its own.</summary>
public sealed class SqliteWorkDb(DbContextOptions<SqliteWorkDb> options) : WorkDb(options);

/// <summary>The model on PostgreSQL, with the migrations of its own.</summary>
public sealed class PostgresWorkDb(DbContextOptions<PostgresWorkDb> options) : WorkDb(options);

/// <summary>Lets <c>dotnet ef migrations add</c> build the models without starting a host.</summary>
internal sealed class WorkDbDesign : IDesignTimeDbContextFactory<SqliteWorkDb>, IDesignTimeDbContextFactory<PostgresWorkDb>
{
    SqliteWorkDb IDesignTimeDbContextFactory<SqliteWorkDb>.CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteWorkDb>().UseSqlite("Data Source=design.db").Options);

    PostgresWorkDb IDesignTimeDbContextFactory<PostgresWorkDb>.CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresWorkDb>().UseNpgsql("Database=design").Options);
}
