namespace SynCxr.Mesh.Report.Tagging;

/// <summary>The rule files that are compiled into the service: <c>lexicon/*.tsv</c> and <c>grammar/*.tsv</c>.</summary>
internal static class EmbeddedRuleFile
{
    /// <summary>The lines of a file that are neither empty nor comments.</summary>
    public static IEnumerable<string> ReadLines(string name)
    {
        using var stream = typeof(EmbeddedRuleFile).Assembly.GetManifestResourceStream("report/" + name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly");
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
