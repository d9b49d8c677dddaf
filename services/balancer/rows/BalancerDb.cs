using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Every row of the balancer. Integers only for states and times, so that both providers order and compare them alike.</summary>
internal abstract class BalancerDb(DbContextOptions options) : DbContext(options)
{
    public DbSet<DatasetRow> Datasets => Set<DatasetRow>();

    public DbSet<PairRow> Pairs => Set<PairRow>();

    public DbSet<RejectRow> Rejects => Set<RejectRow>();

    public DbSet<CanaryRow> Canaries => Set<CanaryRow>();

    public DbSet<ShardRow> Shards => Set<ShardRow>();

    public DbSet<VocabularyRow> Vocabularies => Set<VocabularyRow>();

    public DbSet<VocabularyEntityRow> VocabularyEntities => Set<VocabularyEntityRow>();

    public DbSet<RequestRow> Requests => Set<RequestRow>();

    public DbSet<SettingRow> Settings => Set<SettingRow>();

    public static MeshDatabase<BalancerDb> Open(BalancerOptions options, TimeProvider clock) =>
        DatabaseNames.Open<BalancerDb, SqliteBalancerDb, PostgresBalancerDb>(
        options, Path.Combine(options.StateFolder, "balancer.db"), clock, o => new SqliteBalancerDb(o), o => new PostgresBalancerDb(o));

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<DatasetRow>(row =>
        {
            row.ToTable("datasets").HasKey(r => r.Id);
            row.Property(r => r.Stage).HasConversion<int>();
            row.Property(r => r.PausedIn).HasConversion<int>();
            row.HasIndex(r => new { r.Tenant, r.CreatedMs, r.Id });
            row.HasIndex(r => r.Stage);
            row.Property(r => r.PublishDueMs).HasColumnName("TellMs");
            row.HasIndex(r => r.PublishDueMs).HasDatabaseName("IX_datasets_TellMs");
        });
        modelBuilder.Entity<ShardRow>().ToTable("shards").HasKey(r => new { r.Dataset, r.Shard });
        modelBuilder.Entity<PairRow>(row =>
        {
            row.ToTable("pairs").HasKey(r => new { r.Dataset, r.Index });
            row.Property(r => r.Version).IsConcurrencyToken();
            row.Property(r => r.Stage).HasConversion<int>();
            row.HasIndex(r => new { r.Dataset, r.Shard, r.Stage });
            row.HasIndex(r => new { r.ClaimedBy, r.DueMs });
        });
        modelBuilder.Entity<RejectRow>().ToTable("rejects").HasKey(r => new { r.Dataset, r.Index, r.Attempt });
        modelBuilder.Entity<CanaryRow>().ToTable("canaries").HasKey(r => new { r.Dataset, r.Index, r.Attempt });
        modelBuilder.Entity<VocabularyRow>().ToTable("vocabularies").HasKey(r => new { r.Tenant, r.Name });
        modelBuilder.Entity<VocabularyEntityRow>(row =>
        {
            row.ToTable("vocabulary_entities").HasKey(r => new { r.Tenant, r.Vocabulary, r.Position });
            row.HasIndex(r => new { r.Tenant, r.Vocabulary, r.Type, r.Position });
        });
        modelBuilder.Entity<RequestRow>().ToTable("requests").HasKey(r => new { r.Tenant, r.RequestId });
        modelBuilder.Entity<SettingRow>().ToTable("settings").HasKey(r => r.Name);
    }
}

/// <summary>The model on SQLite, with the migrations of its own.</summary>
internal sealed class SqliteBalancerDb(DbContextOptions<SqliteBalancerDb> options) : BalancerDb(options);

/// <summary>The model on PostgreSQL, with the migrations of its own.</summary>
internal sealed class PostgresBalancerDb(DbContextOptions<PostgresBalancerDb> options) : BalancerDb(options);

/// <summary>Lets <c>dotnet ef migrations add</c> build the models without starting a host.</summary>
internal sealed class BalancerDbDesignFactory
    : IDesignTimeDbContextFactory<SqliteBalancerDb>, IDesignTimeDbContextFactory<PostgresBalancerDb>
{
    SqliteBalancerDb IDesignTimeDbContextFactory<SqliteBalancerDb>.CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteBalancerDb>().UseSqlite("Data Source=design.db").Options);

    PostgresBalancerDb IDesignTimeDbContextFactory<PostgresBalancerDb>.CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresBalancerDb>().UseNpgsql("Database=design").Options);
}
