using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Jobs;

/// <summary>
/// The database of a service whose only rows are its work. Integers only for states and times, so that both providers order and compare
/// them alike.
/// </summary>
public abstract class JobDb(DbContextOptions options) : DbContext(options)
{
    public DbSet<JobRow> Jobs => Set<JobRow>();

    /// <param name="file">For SQLite.</param>
    public static MeshDatabase<JobDb> Open(DatabaseOptions options, string file, TimeProvider clock) =>
        DatabaseNames.Open<JobDb, SqliteJobDb, PostgresJobDb>(options, file, clock, o => new SqliteJobDb(o), o => new PostgresJobDb(o));

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<JobRow>(row =>
    {
        row.ToTable("work").HasKey(r => r.Id);
        row.Ignore(r => r.HasEnded);
        row.Property(r => r.Version).IsConcurrencyToken();
        row.Property(r => r.Stage).HasConversion<int>();
        row.HasIndex(r => new { r.Kind, r.Tenant, r.Key }).IsUnique(); // both databases count two nulls as different
        row.HasIndex(r => new { r.Kind, r.Tenant, r.Id });
        row.HasIndex(r => new { r.Kind, r.Stage, r.Id });
        row.Property(r => r.PublishDueMs).HasColumnName("TellMs");
        row.HasIndex(r => new { r.Kind, r.PublishDueMs }).HasDatabaseName("IX_work_Kind_TellMs");
    });
}

/// <summary>The model on SQLite, which has its own migrations.</summary>
public sealed class SqliteJobDb(DbContextOptions<SqliteJobDb> options) : JobDb(options);

/// <summary>The model on PostgreSQL, which has its own migrations.</summary>
public sealed class PostgresJobDb(DbContextOptions<PostgresJobDb> options) : JobDb(options);

/// <summary>Lets <c>dotnet ef migrations add</c> build the models without starting a host.</summary>
internal sealed class JobDbDesignFactory : IDesignTimeDbContextFactory<SqliteJobDb>, IDesignTimeDbContextFactory<PostgresJobDb>
{
    SqliteJobDb IDesignTimeDbContextFactory<SqliteJobDb>.CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteJobDb>().UseSqlite("Data Source=design.db").Options);

    PostgresJobDb IDesignTimeDbContextFactory<PostgresJobDb>.CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresJobDb>().UseNpgsql("Database=design").Options);
}
