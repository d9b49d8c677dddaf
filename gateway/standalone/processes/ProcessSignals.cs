using System.Diagnostics;
using System.Globalization;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>SIGTERM to a process: .NET itself sends SIGKILL only.</summary>
internal static class ProcessSignals
{
    public static void Terminate(int process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit(); // a process that ended in this very moment is what was asked for
    }
}
