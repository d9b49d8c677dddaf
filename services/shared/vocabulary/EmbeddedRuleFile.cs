using System.Reflection;

namespace SynCxr.Mesh.Vocabulary;

/// <summary>Reads the rule files that are embedded in an assembly: one rule a line.</summary>
public static class EmbeddedRuleFile
{
    /// <summary>The lines of a file, without empty lines and comments (<c>#</c>).</summary>
    /// <param name="assembly">Where it is embedded.</param>
    /// <param name="name">Its logical name: <c>report/cues.tsv</c>.</param>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static IEnumerable<string> ReadLines(Assembly assembly, string name)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        using var stream = assembly.GetManifestResourceStream(name)
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
