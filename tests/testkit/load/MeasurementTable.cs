using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>A measured figure beside what is wanted of it.</summary>
/// <param name="Holds">Null where nothing is wanted.</param>
/// <param name="IsTime">A time, which other work on the machine makes longer.</param>
public sealed record MeasuredFigure(string Name, string Measured, string Expected, bool? Holds, bool IsTime);

/// <summary>A table of figures that fits a terminal, with the load that the machine had.</summary>
public sealed class MeasurementTable(string title)
{
    private readonly List<MeasuredFigure> _rows = [];

    public bool AllHold => _rows.TrueForAll(r => r.Holds != false);

    /// <summary>All that hold whatever else the machine does: every figure but times.</summary>
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

    /// <summary>Of the last minute: figures from a machine that has other work are worth less.</summary>
    private static string ReadLoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
