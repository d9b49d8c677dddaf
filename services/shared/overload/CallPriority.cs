namespace SynCxr.Mesh.Overload;

/// <summary>How urgent a call is among those of its tenant.</summary>
public static class CallPriority
{
    /// <summary>Nobody looks on: the pairs of a data set.</summary>
    public const int Unwatched = 0;

    /// <summary>Somebody looks on while the answer is streamed.</summary>
    public const int Watched = 1;
}
