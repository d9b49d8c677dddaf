using System.Data.Common;

namespace SynCxr.Mesh.Errors;

/// <summary>Tells that there was no room for what was to be written, whoever says it.</summary>
public static class DiskFullMapping
{
    /// <summary>ENOSPC and EDQUOT of Linux, which .NET gives as the HResult.</summary>
    private const int NoSpaceLeft = 28, QuotaExceeded = 122;

    /// <summary>How the driver of SQLite says SQLITE_FULL: its code is a property of its own exception, which is not known here.</summary>
    private const string SqliteFull = "SQLite Error 13:";

    /// <summary>SQLSTATE of a PostgreSQL server whose disk is full.</summary>
    private const string PostgresDiskFull = "53100";

    /// <summary>True for an error, or the cause of one, that says so.</summary>
    public static bool IsDiskFull(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is IOException { HResult: NoSpaceLeft or QuotaExceeded } or DbException { SqlState: PostgresDiskFull }
                or MeshException { Reason.Name: "DISK_FULL" }
                || (error is DbException && error.Message.StartsWith(SqliteFull, StringComparison.Ordinal)))
                return true;
        }

        return false;
    }

    /// <summary>What a caller is to see. It is told no time to come back: only a person makes room.</summary>
    public static MeshException ToRefusal() => new(ErrorReasons.DiskFull,
        "No space is left where this process, or its database, keeps its data. Make room; what was done before is kept.");
}
