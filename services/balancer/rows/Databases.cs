using System.Collections.Frozen;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>The databases by name.</summary>
internal static class Databases
{
    /// <summary>A file in the state folder: one balancer process, nothing to install.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>A PostgreSQL server: any number of balancer replicas.</summary>
    public const string Postgres = "postgres";

    private static readonly FrozenDictionary<string, Func<BalancerOptions, TimeProvider, RowStore>> _byName =
        new Dictionary<string, Func<BalancerOptions, TimeProvider, RowStore>>
        {
            [Sqlite] = (options, _) => new SqliteRows(options),
            [Postgres] = (options, clock) => new PostgresRows(options, clock),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Names => _byName.Keys;

    public static RowStore Create(BalancerOptions options, TimeProvider clock) => _byName[options.Database](options, clock);
}
