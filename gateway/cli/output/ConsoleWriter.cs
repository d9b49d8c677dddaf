using Spectre.Console;

namespace SynCxr.Mesh.Cli.Output;

/// <summary>
/// Tables and lines on stdout for people; with <c>--json</c> it writes nothing. Cells are never wrapped, so that names, roots and folders
/// can be copied. Where stdout is not a terminal, a row is one line with tabs between its cells, for <c>cut</c> and <c>awk</c>.
/// </summary>
internal static class ConsoleWriter
{
    public static void WriteTable(bool json, string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (json)
            return;
        if (title.Length > 0)
            Console.Out.WriteLine(title);
        if (Console.IsOutputRedirected)
            WriteTabSeparated(columns, rows);
        else
            WriteBoxed(columns, rows);
    }

    public static void WriteLine(bool json, string text)
    {
        if (!json)
            Console.Out.WriteLine(text);
    }

    private static void WriteTabSeparated(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (columns.Any(c => c.Length > 0))
            Console.Out.WriteLine(string.Join('\t', columns));
        foreach (var row in rows)
            Console.Out.WriteLine(string.Join('\t', row.Select(c => c.Trim().Replace('\t', ' ').ReplaceLineEndings(" "))));
    }

    private static void WriteBoxed(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var cells = rows.Select(r => r.ToArray()).ToList();
        var table = new Table { Border = TableBorder.Simple, ShowHeaders = columns.Any(c => c.Length > 0) };
        var width = 0;
        for (var c = 0; c < columns.Count; c++)
        {
            table.AddColumn(new TableColumn(Markup.Escape(columns[c])) { NoWrap = true });
            width += 4 + cells.Select(r => r[c].Length).Append(columns[c].Length).Max();
        }

        foreach (var row in cells)
            table.AddRow([.. row.Select(Markup.Escape)]);
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        console.Profile.Width = Math.Max(console.Profile.Width, width);
        console.Write(table);
    }
}
