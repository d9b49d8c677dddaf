namespace SynCxr.Mesh.Report.Tagging;

/// <summary>Reads the rule files that are embedded in the assembly: <c>lexicon/*.tsv</c> and <c>grammar/*.tsv</c>.</summary>
internal static class EmbeddedRuleFile
{
    /// <summary>The lines of a file, without empty lines and comments (<c>#</c>).</summary>
    public static IEnumerable<string> ReadLines(string name)
    {
        using var stream = typeof(EmbeddedRuleFile).Assembly.GetManifestResourceStream("report/" + name)
            ?? throw new InvalidOperationException($"The rule file {name} is missing from the assembly.");
        using var text = new StreamReader(stream);
        var lines = new List<string>();
        while (text.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                lines.Add(line);
        }

        return lines;
    }
}
