using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Database;

/// <summary>
/// Runs a statement or a transaction again that met a stopped server, or that another replica was ahead of. All of a
/// transaction is run again, never a part: a commit whose answer was lost is met by its own row versions.
/// </summary>
internal sealed class PostgresRetryStrategy(ExecutionStrategyDependencies dependencies, TimeSpan limit, TimeProvider clock)
    : ExecutionStrategy(dependencies, int.MaxValue, _longestPause)
{
    private const int MaxRaceRetries = 10;
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);
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
        catch (RetryLimitExceededException error) when (!IsRace(error.InnerException!))
        {
            throw new MeshException(ErrorReasons.PeerUnreachable,
                $"the database does not answer: {error.InnerException!.GetBaseException().Message}", retryAfter: _longestPause);
        }
    }

    protected override void OnFirstExecution()
    {
        base.OnFirstExecution();
        _startedAt = clock.GetTimestamp();
    }

    protected override bool ShouldRetryOn(Exception exception) => IsOutage(exception) || IsRace(exception);

    protected override TimeSpan? GetNextDelay(Exception lastException)
    {
        var tries = ExceptionsEncountered.Count;
        var goesOn = IsRace(lastException) ? tries <= MaxRaceRetries : clock.GetElapsedTime(_startedAt) < limit;
        return goesOn ? TimeSpan.FromMilliseconds(Math.Min(_longestPause.TotalMilliseconds, 10 << Math.Min(tries, 10))) : null;
    }

    /// <summary>The server stops, starts, is full, or the connection to it broke.</summary>
    private static bool IsOutage(Exception error) =>
        FindDriverError(error) is NpgsqlException cause
            && (cause.IsTransient || cause.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown);

    /// <summary>Another transaction was ahead: run again, this one sees what that one did.</summary>
    private static bool IsRace(Exception error) =>
        FindDriverError(error)
            is PostgresException
        {
            SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.SerializationFailure
                or PostgresErrorCodes.DeadlockDetected
        };

    /// <summary>EF wraps what the driver throws, sometimes twice.</summary>
    private static NpgsqlException? FindDriverError(Exception? error)
    {
        while (error is not (null or NpgsqlException))
            error = error.InnerException;
        return error as NpgsqlException;
    }
}
