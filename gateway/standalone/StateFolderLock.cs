namespace SynCxr.Mesh.Standalone;

/// <summary>Lets one process at a time use a state folder.</summary>
internal static class StateFolderLock
{
    /// <summary>EWOULDBLOCK of Linux, which .NET gives as the HResult where another process holds the lock.</summary>
    private const int WouldBlock = 11;

    /// <exception cref="IOException">Another process uses the folder.</exception>
    public static FileStream Acquire(string state)
    {
        try
        {
            return new FileStream(Path.Combine(state, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException busy) when (busy.HResult == WouldBlock)
        {
            throw new IOException($"Another process uses the state folder '{state}'. End it first, or name another folder with --state.",
                busy);
        }
    }
}
