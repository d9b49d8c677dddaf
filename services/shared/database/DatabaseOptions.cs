using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;

namespace SynCxr.Mesh.Database;

/// <summary>Where a service keeps its rows; part of the section of each service that has some.</summary>
public abstract class DatabaseOptions
{
    /// <summary>
    /// Name of the database: <c>sqlite</c>, a file of one process in the state folder, or <c>postgres</c>, for any number of replicas.
    /// Default <c>sqlite</c>.
    /// </summary>
    [Required]
    public string Database { get; set; } = DatabaseNames.Sqlite;

    /// <summary>
    /// Where the <c>postgres</c> server is, in Npgsql's connection string format. It holds a password, so it has no default.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// A transaction that finds the <c>postgres</c> server stopped is tried again for this long, 1 s to 10 min. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan DatabaseRetryLimit { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Rules across settings: the database and its connection string go together.</summary>
public sealed class DatabaseOptionsRules<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : DatabaseOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        if (!DatabaseNames.All.Contains(options.Database))
            return Fail($"Database is '{options.Database}'; it must be one of {string.Join(", ", DatabaseNames.All)}");
        if (options.Database != DatabaseNames.Postgres)
            return options.ConnectionString.Length == 0
                ? ValidateOptionsResult.Success
                : Fail($"ConnectionString is given, but {section}:Database is '{options.Database}', which takes none; set it to "
                + $"'{DatabaseNames.Postgres}' or remove the string");
        try
        {
            return new NpgsqlConnectionStringBuilder(options.ConnectionString) is { Host: not null, Database: not null }
                ? ValidateOptionsResult.Success
                : Fail($"ConnectionString must name a Host and a Database, since {section}:Database is 'postgres'");
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return Fail(
                "ConnectionString can't be read as an Npgsql connection string (it is not shown here, since it may hold a password)");
        }
    }

    private ValidateOptionsResult Fail(string problem) => ValidateOptionsResult.Fail($"{section}:{problem}");
}
