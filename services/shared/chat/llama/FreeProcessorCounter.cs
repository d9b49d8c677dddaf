using System.Globalization;

namespace SynCxr.Mesh.Chat.Llama;

/// <summary>
/// Counts the processors that nobody else is computing on. llama.cpp's threads wait for each other at every step, so that one of them
/// without a processor of its own holds up all.
/// </summary>
public static class FreeProcessorCounter
{
    private const string LoadFile = "/proc/loadavg";

    /// <summary>Processors less the load of the last minute, at least 1; where the system does not tell its load, all.</summary>
    public static int Count() => File.Exists(LoadFile) ? Count(File.ReadAllText(LoadFile), Environment.ProcessorCount)
        : Environment.ProcessorCount;

    /// <param name="load">The text of <c>/proc/loadavg</c>: <c>0.52 0.40 0.31 2/456 7890</c>.</param>
    public static int Count(string load, int processors) =>
        Math.Clamp(processors - (int)Math.Round(double.Parse(load.Split(' ')[0], CultureInfo.InvariantCulture)), 1, processors);
}
