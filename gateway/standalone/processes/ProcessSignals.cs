using System.Diagnostics;
using System.Globalization;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>Sends SIGTERM to a process; .NET itself can only send SIGKILL.</summary>
internal static class ProcessSignals
{
    public static void Terminate(int process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit(); // it fails where the process has just ended, which is what was wanted
    }
}
