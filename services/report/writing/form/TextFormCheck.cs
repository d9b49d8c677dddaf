using System.Globalization;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Report.Writing.Form;

/// <summary>
/// Holds a text to the form of a section, before anybody looks for its entities: prose of whole sentences, and nothing but the section. A
/// list that repeats the prompt names every entity and would pass the entity check.
/// </summary>
internal static partial class TextFormCheck
{
    /// <summary>A sentence of three words and more that stands so often is a model that goes in a circle.</summary>
    private const int MaxRepeats = 3;

    /// <summary>What is wrong with a text; null for one that may be a section.</summary>
    public static AnswerFault? FindFault(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new AnswerFault(AnswerFaultNames.Empty, "is empty");
        if (SpecialTokenNameCheck.FindProblem(text) is { } token)
            return new AnswerFault(AnswerFaultNames.SpecialToken, token);
        return FindProblem(text) is { } problem ? new AnswerFault(AnswerFaultNames.Form, problem) : null;
    }

    private static string? FindProblem(string text) =>
        FindUnprintable(text) ?? FindMarkup(text) ?? FindTalk(text) ?? FindList(text) ?? FindHeading(text) ?? FindFragment(text)
            ?? FindRepeat(text);

    private static string? FindUnprintable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.GetUnicodeCategory(text[i]) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned && text[i] is not ('\n' or '\r') || text[i] == '\uFFFD')
                return $"holds the character U+{(int)text[i]:X4}, which no report holds";
        }

        return null;
    }

    private static string? FindMarkup(string text)
    {
        var mark = MarkupPattern().Match(text).Value;
        return mark.Length > 0 ? $"holds markup: '{EchoedText.Shorten(mark.Trim())}'"
            : text[0] is '{' or '[' or '"' ? "is data or a quotation, not a section" : null;
    }

    private static string? FindTalk(string text)
    {
        var plain = text.Replace('’', '\'').ToLowerInvariant();
        if (FormRules.Openings.FirstOrDefault(words => BeginsWith(plain, words)) is { } opening)
            return $"begins as an answer to somebody: '{opening}'";
        return FormRules.Talk.FirstOrDefault(words => plain.Contains(words, StringComparison.Ordinal)) is { } talk
            ? $"speaks of its task and not of the image: '{talk}'" : null;
    }

    private static string? FindList(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = NumberPattern().Replace(line, "", 1);
            if (BulletPattern().IsMatch(words))
                return $"is a list, not sentences: '{EchoedText.Shorten(line)}'";
            if (words.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
                && FormRules.ListTitles.Contains(words[..colon].Trim().ToLowerInvariant()))
                return $"repeats the list that it was given: '{EchoedText.Shorten(line)}'";
        }

        return null;
    }

    /// <summary>A section holds no section: what a heading, a signature or the foot of a page opens is not the image's.</summary>
    private static string? FindHeading(string text)
    {
        var next = 0;
        foreach (var range in ReportSectioniser.Split(text).Unheaded.Append(text.Length..))
        {
            var between = text[next..range.Start.Value].Trim();
            if (between.Length > 0)
                return $"holds a heading, a signature or another section: '{EchoedText.Shorten(between)}'";
            next = Math.Max(next, range.End.Value);
        }

        return null;
    }

    private static string? FindFragment(string text)
    {
        var first = text.FirstOrDefault(char.IsLetterOrDigit);
        if (char.IsLower(first))
            return "begins in the middle of a sentence";
        return text.TrimEnd(')', '"', '”', '\'', ' ')[^1] is '.' or '!' or '?' or '。' ? null : "ends in the middle of a sentence";
    }

    private static string? FindRepeat(string text)
    {
        var repeated = SentencePattern().Split(text).Select(s => s.Trim()).Where(s => s.Count(c => c == ' ') >= 2)
            .GroupBy(s => s, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() >= MaxRepeats);
        return repeated is null ? null : $"says the same sentence {repeated.Count()} times: '{EchoedText.Shorten(repeated.Key)}'";
    }

    private static bool BeginsWith(string text, string words) => text.StartsWith(words, StringComparison.Ordinal)
        && (text.Length == words.Length || !char.IsLetterOrDigit(text[words.Length]) || !char.IsLetterOrDigit(words[^1]));

    /// <summary>Fences, tags, emphasis, headings, tables and links of Markdown, HTML and chat templates.</summary>
    [GeneratedRegex(@"```|~~~|</?[A-Za-z_|][^<>\s]*>|\[/?[A-Z]{3,}\]|\*\*|__|^\s{0,3}#{1,6}\s|^\s*\|.*\||\]\(|&[a-z]+;"
            + @"|^\s*(---|\*\*\*|===)\s*$",
        RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex MarkupPattern();

    [GeneratedRegex(@"^[-*•‣–—+]\s*\S", RegexOptions.CultureInvariant)]
    private static partial Regex BulletPattern();

    [GeneratedRegex(@"^\(?\d{1,2}[.)]\s+", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"(?<=[.!?])\s+", RegexOptions.CultureInvariant)]
    private static partial Regex SentencePattern();
}
