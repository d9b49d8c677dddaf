namespace SynCxr.Mesh.Standalone;

/// <summary>A state folder has one mesh.</summary>
internal static class StateFolderLock
{
    /// <summary>EWOULDBLOCK: what a lock that somebody else holds gives.</summary>
    private const int WouldBlock = 11;

    /// <exception cref="IOException">Another process works on the folder.</exception>
    public static FileStream Acquire(string state)
    {
        try
        {
            return new FileStream(Path.Combine(state, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException busy) when (busy.HResult == WouldBlock)
        {
            throw new IOException($"another process works on the state folder {state}", busy);
        }
    }
}
