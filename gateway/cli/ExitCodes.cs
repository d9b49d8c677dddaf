namespace SynCxr.Mesh.Cli;

/// <summary>What the command's exit code says.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The work failed.</summary>
    public const int Failed = 1;

    /// <summary>The input was wrong; the message names the field or option.</summary>
    public const int BadInput = 2;

    /// <summary>Something does not match: a digest, a replay, two data sets.</summary>
    public const int Mismatch = 3;

    /// <summary>The mesh can't be reached or is full.</summary>
    public const int Unavailable = 4;

    /// <summary>Ctrl-C.</summary>
    public const int Cancelled = 130;
}
