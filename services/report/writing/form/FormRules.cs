using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing.Form;

/// <summary>The words of <c>form.tsv</c>, in lower case.</summary>
internal static class FormRules
{
    private static readonly (string Kind, string Words)[] _rules =
        [.. EmbeddedRuleFile.ReadLines(typeof(FormRules).Assembly, "report/form.tsv").Select(Parse)];

    /// <summary>Openings of an answer to whoever asked.</summary>
    public static IReadOnlyList<string> Openings { get; } = WordsOf("start");

    /// <summary>Talk about the task, the model or the reader.</summary>
    public static IReadOnlyList<string> Talk { get; } = WordsOf("any");

    /// <summary>Titles of the prompt's list.</summary>
    public static IReadOnlyList<string> ListTitles { get; } = WordsOf("list");

    /// <summary>SHA-256 of the rules, lower-case hex.</summary>
    public static string Digest { get; } = Sha256Digest.HexOf(string.Join('\n', _rules.Select(r => $"{r.Kind}\t{r.Words}")));

    private static (string Kind, string Words) Parse(string line)
    {
        var tab = line.IndexOf('\t', StringComparison.Ordinal);
        return (line[..tab], line[(tab + 1)..]);
    }

    private static string[] WordsOf(string kind) => [.. _rules.Where(r => r.Kind == kind).Select(r => r.Words)];
}
