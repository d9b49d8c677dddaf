using System.Diagnostics;
using System.Globalization;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>Sends signals to processes that this one may not have started.</summary>
internal static class ProcessSignals
{
    /// <summary>SIGTERM: the process finishes its work, or hands it back, and ends.</summary>
    public static void Terminate(int process) => Send("-TERM", process);

    /// <summary>SIGKILL: the process ends at once.</summary>
    public static void Kill(int process) => Send("-KILL", process);

    private static void Send(string signal, int process)
    {
        using var kill = Process.Start("kill", [signal, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit(); // it fails where the process has just ended, which is what was wanted
    }
}
