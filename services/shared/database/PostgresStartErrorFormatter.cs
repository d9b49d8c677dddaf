using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Database;

/// <summary>Says why a PostgreSQL database can't be opened at start: for now, where waiting may help, or for good.</summary>
/// <param name="setting">The setting that holds the connection string.</param>
/// <param name="connection">The connection string; its password is in no message.</param>
internal sealed class PostgresStartErrorFormatter(string setting, NpgsqlConnectionStringBuilder connection)
{
    /// <summary>States of the server that pass: it starts, stops, fails over, is full, or another transaction was ahead.</summary>
    private static readonly string[] _passingClasses = ["08", "40", "53", "55", "57", "58"];

    /// <summary>The server, as the beginning of a sentence.</summary>
    public string Server { get; } = string.Create(CultureInfo.InvariantCulture,
        $"The database server at {connection.Host}:{connection.Port}");

    /// <summary>Why the database can't be opened yet, as the end of a sentence.</summary>
    /// <exception cref="StartException">Waiting doesn't help.</exception>
    public string Describe(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case PostgresException refused:
                    return IsPassing(refused.SqlState) ? refused.MessageText : throw Fail(DescribeRefusal(refused), error);
                case AuthenticationException:
                    throw Fail($"offers no TLS connection that this machine accepts: {cause.Message.TrimEnd('.')}. Correct the "
                        + "certificate, or 'SSL Mode' and 'Root Certificate'", error);
                case NpgsqlException when cause.Message.StartsWith("SSL connection requested", StringComparison.Ordinal):
                    throw Fail("offers no TLS connection, and the connection string wants one. Set up TLS there, or correct "
                        + "'SSL Mode'", error);
                case NpgsqlException when cause.Message.StartsWith("No password", StringComparison.Ordinal):
                    throw Fail($"wants a password of the user '{connection.Username}', and none is given. Add 'Password='", error);
                case SocketException or TimeoutException or MeshException:
                    return cause.Message.TrimEnd('.');
            }
        }

        return error is NpgsqlException ? error.Message.TrimEnd('.')
            : throw Fail($"can't be used: {error.GetBaseException().Message.TrimEnd('.')}. Correct the connection string", error);
    }

    private static bool IsPassing(string state) =>
        state == PostgresErrorCodes.ReadOnlySqlTransaction || _passingClasses.Any(c => state.StartsWith(c, StringComparison.Ordinal));

    private string DescribeRefusal(PostgresException refused) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword => $"refuses the password of the user '{connection.Username}'. Correct user or password",
        PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"refuses the user '{connection.Username}': {refused.MessageText}. Make the role, or let it in by pg_hba.conf",
        PostgresErrorCodes.InvalidCatalogName =>
            $"has no database '{connection.Database}'. Make it (CREATE DATABASE), or name another one",
        PostgresErrorCodes.InsufficientPrivilege =>
            $"lets the user '{connection.Username}' make no tables in the database '{connection.Database}': {refused.MessageText}. Make it "
                + "the owner of the database, or grant it CREATE on its schema",
        _ => $"can't bring the tables of the database '{connection.Database}' up to date: {refused.MessageText} "
            + $"(SQLSTATE {refused.SqlState}). Give each service a database of its own",
    };

    private StartException Fail(string problem, Exception cause) => new($"{setting}: {Server} {problem}.", cause);
}
