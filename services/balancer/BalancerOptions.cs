using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;
using SynCxr.Mesh.Balancer.Rows;

namespace SynCxr.Mesh.Balancer;

/// <summary>Settings of the balancer. Section <c>Balancer</c>.</summary>
public sealed class BalancerOptions
{
    public const string Section = "Balancer";

    /// <summary>Name of the database: <c>sqlite</c>, a file of one process, or <c>postgres</c>, for any number of replicas. Default <c>sqlite</c>.</summary>
    [Required]
    public string Database { get; set; } = Databases.Sqlite;

    /// <summary>Where the <c>postgres</c> server is, in Npgsql's words. It holds a password, so it has no default.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>A transaction that finds the <c>postgres</c> server stopped is tried again for this long, 1 s to 10 min. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan DatabasePatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Folder for <c>balancer.db</c>, <c>datasets/</c> and what is being sealed, absolute or relative to the working directory. Default <c>state</c>.</summary>
    [Required]
    public string StateFolder { get; set; } = "state";

    /// <summary>Pairs in work at once in this process, 1 to 1024. Default 12: enough to keep the step batcher of the generator full.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; set; } = 12;

    /// <summary>Most pairs of one data set, 1 to 10,000,000: a plan is held in memory. Default 1,000,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxPairs { get; set; } = 1_000_000;

    /// <summary>Rows are looked over for overdue follow-ups this often, 50 ms to 10 min. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan ReconcileEvery { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>A message that left no trace in its row for this long is published again, 200 ms to 1 h. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "01:00:00")]
    public TimeSpan OverdueAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>First pause after a transient failure of a peer; it doubles with each one in a row up to 30 s. 10 ms to 30 s, default 500 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:30")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Another process may seal a data set when its lease was not renewed for this long, 2 s to 1 h. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan SealingLease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>For rehearsals, never in the environment Production: a file; when it holds the name of a boundary of a pair's life, the process takes the file away and kills itself there. Empty for none.</summary>
    public string DieAt { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class BalancerOptionsValidator : IValidateOptions<BalancerOptions>;

/// <summary>Rules across fields.</summary>
internal sealed class BalancerOptionsRules : IValidateOptions<BalancerOptions>
{
    public ValidateOptionsResult Validate(string? name, BalancerOptions options)
    {
        if (!Databases.Names.Contains(options.Database))
            return Fail($"Balancer:Database '{options.Database}' is none of: {string.Join(", ", Databases.Names)}");
        if (options.Database != Databases.Postgres)
            return options.ConnectionString.Length == 0 ? ValidateOptionsResult.Success : Fail($"Balancer:ConnectionString is given, but Balancer:Database is '{options.Database}'");
        try
        {
            return new NpgsqlConnectionStringBuilder(options.ConnectionString) is { Host: not null, Database: not null }
                ? ValidateOptionsResult.Success
                : Fail("Balancer:ConnectionString must name Host and Database for Balancer:Database 'postgres'");
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return Fail("Balancer:ConnectionString is no connection string of Npgsql; it is not shown, since it may hold a password");
        }
    }

    private static ValidateOptionsResult Fail(string problem) => ValidateOptionsResult.Fail(problem);
}
