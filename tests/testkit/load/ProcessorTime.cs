using System.Globalization;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>Processor time of a process and of the machine, from <c>/proc</c>.</summary>
public static class ProcessorTime
{
    private const double TicksPerSecond = 100;

    /// <summary>User and system time of a running process, in seconds.</summary>
    public static double UsedSeconds(int process)
    {
        // The second field is the program's name in brackets, which may contain blanks.
        var fields = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat")).Split(") ")[^1].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture))
            / TicksPerSecond;
    }

    /// <summary>Idle time of all cores together, in seconds.</summary>
    public static double IdleSeconds()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (double.Parse(fields[4], CultureInfo.InvariantCulture) + double.Parse(fields[5], CultureInfo.InvariantCulture))
            / TicksPerSecond;
    }
}
