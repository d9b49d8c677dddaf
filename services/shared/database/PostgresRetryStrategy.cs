using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Database;

/// <summary>
/// Runs a statement or a transaction again when the server was stopped, or when another replica's transaction was ahead. The whole
/// transaction runs again, never a part of it: where a commit went through and only its answer was lost, the second run finds the row
/// versions of the first.
/// </summary>
/// <param name="limit">How long the server may be away before the call fails.</param>
internal sealed class PostgresRetryStrategy(ExecutionStrategyDependencies dependencies, TimeSpan limit, TimeProvider clock)
    : NpgsqlRetryingExecutionStrategy(dependencies, int.MaxValue, _longestPause, [.. _raceCodes, .. _shutdownCodes])
{
    private const int MaxRaceRetries = 10;
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);

    /// <summary>Another transaction was ahead: run again, this one sees what that one did.</summary>
    private static readonly string[] _raceCodes =
        [PostgresErrorCodes.UniqueViolation, PostgresErrorCodes.SerializationFailure, PostgresErrorCodes.DeadlockDetected];

    /// <summary>Npgsql doesn't count a server that is being stopped among the transient errors.</summary>
    private static readonly string[] _shutdownCodes = [PostgresErrorCodes.AdminShutdown, PostgresErrorCodes.CrashShutdown];

    private long _startedAt;

    /// <exception cref="MeshException">PEER_UNREACHABLE: the server did not come back in time.</exception>
    public override async Task<TResult> ExecuteAsync<TState, TResult>(
        TState state, Func<DbContext, TState, CancellationToken, Task<TResult>> operation,
        Func<DbContext, TState, CancellationToken, Task<ExecutionResult<TResult>>>? verifySucceeded,
        CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.ExecuteAsync(state, operation, verifySucceeded, cancellationToken);
        }
        catch (Exception error) when (DiskFullMapping.IsDiskFull(error))
        {
            throw DiskFullMapping.ToRefusal();
        }
        catch (RetryLimitExceededException error) when (!IsRace(error.InnerException))
        {
            var away = new MeshException(
                ErrorReasons.PeerUnreachable, $"The database does not answer: {error.InnerException!.GetBaseException().Message}",
                retryAfter: _longestPause);
            away.Data["peer"] = "database";
            throw away;
        }
    }

    protected override void OnFirstExecution()
    {
        base.OnFirstExecution();
        _startedAt = clock.GetTimestamp();
    }

    protected override bool ShouldRetryOn(Exception? exception) => FindDriverError(exception) is { } error
        && !DiskFullMapping.IsDiskFull(error) && base.ShouldRetryOn(error);

    protected override TimeSpan? GetNextDelay(Exception lastException)
    {
        var tries = ExceptionsEncountered.Count;
        var goesOn = IsRace(lastException) ? tries <= MaxRaceRetries : clock.GetElapsedTime(_startedAt) < limit;
        return goesOn ? TimeSpan.FromMilliseconds(Math.Min(_longestPause.TotalMilliseconds, 10 << Math.Min(tries, 10))) : null;
    }

    private static bool IsRace(Exception? error) => FindDriverError(error) is PostgresException { SqlState: var code }
        && _raceCodes.Contains(code);

    /// <summary>EF Core wraps what the driver throws, sometimes twice.</summary>
    private static NpgsqlException? FindDriverError(Exception? error)
    {
        while (error is not (null or NpgsqlException))
            error = error.InnerException;
        return error as NpgsqlException;
    }
}
