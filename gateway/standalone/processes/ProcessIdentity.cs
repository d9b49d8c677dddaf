namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// Tells a process from another one that got its id later: by the start of the machine and, within it, the start of the process.
/// </summary>
internal static class ProcessIdentity
{
    /// <summary>Place of the start time among the fields of <c>/proc/PID/stat</c> that follow the name of the program.</summary>
    private const int StartField = 19;

    /// <summary>When the process started, as a text that no other process of its id has; null where there is no such process.</summary>
    public static string? ReadStart(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{fields[StartField]}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended
        }
    }

    /// <summary>True while the process of that id is the one that started then.</summary>
    /// <param name="start">What <see cref="ReadStart"/> gave; null where it was not recorded, by an earlier version.</param>
    public static bool IsAlive(int pid, string? start) => pid > 0 && start is not null && ReadStart(pid) == start;
}
