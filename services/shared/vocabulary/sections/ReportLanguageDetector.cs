using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>
/// Says whether a report is written in another language than English, by its common words (<c>languages.tsv</c>). All rules that read
/// reports are English: in another language they find nothing, which must not pass for a chest without findings.
/// </summary>
public static partial class ReportLanguageDetector
{
    private const string English = "en";

    private static readonly FrozenDictionary<string, string[]> _languages =
        EmbeddedRuleFile.ReadLines(typeof(ReportLanguageDetector).Assembly, "sections/languages.tsv").Select(l => l.Split('\t'))
            .SelectMany(l => l[1].Split(' ').Select(word => (Word: word, Language: l[0])))
            .GroupBy(w => w.Word, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => g.Select(w => w.Language).ToArray(), StringComparer.Ordinal);

    /// <summary>The language that more of the words are of than are of English.</summary>
    /// <param name="text">A report, or a part of one.</param>
    /// <returns>Two letters, as <c>de</c>; null for English, and for a text without such words.</returns>
    public static string? FindForeign(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (Match word in Word().Matches(text))
        {
            foreach (var language in _languages.GetValueOrDefault(word.Value.ToLowerInvariant(), []))
                counts[language] = counts.GetValueOrDefault(language) + 1;
        }

        var most = counts.Where(c => c.Key != English).OrderByDescending(c => c.Value).FirstOrDefault();
        return most.Value > counts.GetValueOrDefault(English) ? most.Key : null;
    }

    [GeneratedRegex(@"\p{L}+")]
    private static partial Regex Word();
}
