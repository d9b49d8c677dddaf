namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>The tables of this folder, two columns each, that are embedded in the assembly.</summary>
internal static class EmbeddedTable
{
    /// <summary>The rows of a table without comments (<c>#</c>) and empty lines.</summary>
    /// <exception cref="FormatException">A row has no second column.</exception>
    public static IReadOnlyList<(string Kind, string Phrase)> Read(string name)
    {
        using var stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream("sections/" + name)
            ?? throw new InvalidOperationException($"The table {name} is missing from the assembly.");
        using var text = new StreamReader(stream);
        var rows = new List<(string, string)>();
        while (text.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var cells = line.Split('\t');
            rows.Add(cells.Length == 2 ? (cells[0], cells[1]) : throw new FormatException($"{name}: '{line}' must have two columns."));
        }

        return rows;
    }
}
