using System.Globalization;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>Processor time of a process, from <c>/proc</c>: what a machine without enough cores is short of.</summary>
public static class ProcessorTime
{
    private const double TicksPerSecond = 100;

    /// <summary>Seconds, user and system, of a process that runs.</summary>
    public static double UsedSeconds(int process)
    {
        // The second field is the program's name in brackets, and may hold blanks.
        var fields = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat")).Split(") ")[^1].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture))
            / TicksPerSecond;
    }

    /// <summary>Seconds that all cores together were idle.</summary>
    public static double IdleSeconds()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (double.Parse(fields[4], CultureInfo.InvariantCulture) + double.Parse(fields[5], CultureInfo.InvariantCulture))
            / TicksPerSecond;
    }
}
