using Spectre.Console;

namespace SynCxr.Mesh.Cli.Show;

/// <summary>Tables that fit a terminal, on stdout; nothing in <c>--json</c> mode.</summary>
internal static class Sheet
{
    private const int RedirectedWidth = 160;

    public static void Table(bool json, string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (json)
            return;
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, RedirectedWidth); // there is no terminal to fit
        var table = new Table { Border = TableBorder.Simple, Title = title.Length > 0 ? new TableTitle(Markup.Escape(title)) : null };
        foreach (var column in columns)
            table.AddColumn(Markup.Escape(column));
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        AnsiConsole.Write(table);
    }

    public static void Line(bool json, string text)
    {
        if (!json)
            Console.Out.WriteLine(text);
    }
}
