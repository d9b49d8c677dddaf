namespace SynCxr.Mesh.Cli;

/// <summary>The exit codes of <c>syncxr</c>, for scripts.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The work was started and failed.</summary>
    public const int Failed = 1;

    /// <summary>The input was wrong: the message names the option, argument or field.</summary>
    public const int BadInput = 2;

    /// <summary>Something is not what it should be: a file and its digest, a pair and its replay, two data sets.</summary>
    public const int Mismatch = 3;

    /// <summary>The mesh can't be reached or has no room for the call: try again later.</summary>
    public const int Unavailable = 4;

    /// <summary>The work is paused and waits for a person: the message says why, and how it goes on.</summary>
    public const int Paused = 5;

    /// <summary>Cancelled by Ctrl-C or SIGTERM.</summary>
    public const int Cancelled = 130;
}
