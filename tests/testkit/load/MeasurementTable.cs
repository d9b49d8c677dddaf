using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>A measured figure beside what is expected of it.</summary>
/// <param name="Holds">Whether it is as expected; null where nothing is.</param>
/// <param name="IsTime">Whether it is a time, which other work on the machine makes longer.</param>
public sealed record MeasuredFigure(string Name, string Measured, string Expected, bool? Holds, bool IsTime);

/// <summary>A table of figures that fits a terminal, with the load of the machine.</summary>
public sealed class MeasurementTable(string title)
{
    private readonly List<MeasuredFigure> _rows = [];

    public bool AllHold => _rows.TrueForAll(r => r.Holds != false);

    /// <summary>Whether every figure but times is as expected; other work on the machine makes times longer.</summary>
    public bool AllButTimesHold => _rows.TrueForAll(r => r.Holds != false || r.IsTime);

    public void Add(string what, FormattableString measured, string wanted = "", bool? holds = null, bool ofTheClock = false) =>
        _rows.Add(new MeasuredFigure(what, FormattableString.Invariant(measured), wanted, holds, ofTheClock));

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{title}; {Environment.ProcessorCount} cores, load average {ReadLoadAverage()}");
        foreach (var row in _rows)
            text.AppendLine($"  {row.Name,-42} {row.Measured,16}  {row.Expected,-14} {FormatOutcome(row.Holds)}".TrimEnd());
        return text.ToString();
    }

    private static string FormatOutcome(bool? holds) => holds is null ? "" : holds == true ? "holds" : "FAILS";

    /// <summary>The load of the last minute, by which a reader sees how far to trust the times.</summary>
    private static string ReadLoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
