using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>Lines that belong to the page, or to whoever signed, rather than to a section: <c>furniture.tsv</c>, and ruled lines.</summary>
internal static partial class LineFurniture
{
    private static readonly string[][] _rules =
        [.. EmbeddedRuleFile.ReadLines(typeof(LineFurniture).Assembly, "sections/furniture.tsv").Select(l => l.Split('\t'))];

    private static readonly Regex _page = Compile("Page");
    private static readonly Regex _end = Compile("End");

    /// <summary>A page's head or foot, or a ruled line: the section goes on behind it.</summary>
    public static bool IsOfThePage(ReadOnlySpan<char> line) => Rule().IsMatch(line) || _page.IsMatch(line.Trim());

    /// <summary>A signature and the like: the section ends.</summary>
    public static bool EndsSection(ReadOnlySpan<char> line) => _end.IsMatch(line.Trim());

    private static Regex Compile(string kind) =>
        new($"^(?:{string.Join('|', _rules.Where(r => r[0] == kind).Select(r => r[1]))})",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    [GeneratedRegex(@"^\s*[_=*~#-]{3,}\s*$")]
    private static partial Regex Rule();
}
