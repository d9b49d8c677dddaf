using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>
/// Finds headings in a line: known words at its begin with a colon, a dash or nothing behind them; inside it with a colon, behind the end
/// of a sentence or in capitals. The same words inside a sentence are no heading.
/// </summary>
internal static partial class HeadingFinder
{
    private const int MaxExamWords = 14;

    private static readonly FrozenSet<string> _exams = new[]
    {
        "chest", "cxr", "xr", "xray", "radiograph", "radiographs",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> _examWords = new[]
    {
        "x", "ray", "rays", "radiography", "film", "plain", "pa", "ap", "lateral", "lat", "portable", "supine", "upright", "erect", "semi",
        "sitting", "view", "views", "single", "two", "one", "2v", "1v", "frontal", "of", "and", "at", "hours", "hrs", "am", "pm", "dated",
        "bedside", "mobile", "decubitus", "left", "right", "series", "on",
    }.Concat(_exams).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The headings of a line, in order.</summary>
    /// <param name="text">The report.</param>
    /// <param name="line">The line.</param>
    /// <param name="follows">Whether the line before goes on into this one: its sentence has not ended.</param>
    public static IEnumerable<Heading> Find(string text, TextLine line, bool follows)
    {
        var mark = Mark().Match(text, line.Start, line.End - line.Start);
        var at = line.Start + mark.Length;
        if (AtBegin(text, at, line, follows) is { } first)
        {
            yield return first with { Start = line.Start };
            at = first.Content;
        }

        // Inside a line only a colon makes a heading, and most lines have none.
        var last = text.AsSpan(at, line.End - at).LastIndexOfAny(':', '：', '|') + at;
        for (at = Math.Max(at, line.Start + 1); at < last; at++)
        {
            if (char.IsLetter(text[at]) && !char.IsLetterOrDigit(text[at - 1]) && Inside(text, at, line) is { } next)
            {
                yield return next;
                at = next.Content - 1;
            }
        }
    }

    private static Heading? AtBegin(string text, int at, TextLine line, bool follows)
    {
        if (HeadingTable.TryMatch(text, at, line.End, out var found))
        {
            var tail = Tail().Match(text, found.End, line.End - found.End);
            var isTitle = char.IsUpper(text[at]) && (!follows || IsCapitals(text, at, found.End));
            var isMain = found.Kind is HeadingKind.Findings or HeadingKind.Impression;
            if (tail.Success && (tail.Groups["colon"].Success ? isMain || isTitle || !follows
                : isTitle && !found.Misspelt && (isMain || IsCapitals(text, at, found.End) || !GoesOn(text, line.End))))
                return new Heading(found.Kind, at, found.End + tail.Length);
            if (!tail.Success && isMain && isTitle && IsCapitals(text, at, found.End)
                && Sentence().Match(text, found.End, line.End - found.End).Success)
                return new Heading(found.Kind, at, found.End);
        }

        return Exam(text, at, line, follows) ?? Unknown(text, at, line);
    }

    private static Heading? Inside(string text, int at, TextLine line)
    {
        if (!HeadingTable.TryMatch(text, at, line.End, out var found) || found.Misspelt)
            return null;
        var tail = Tail().Match(text, found.End, line.End - found.End);
        if (!tail.Success || !tail.Groups["colon"].Success)
            return null;
        var isPart = found.Kind is HeadingKind.Place or HeadingKind.Limitation;
        var ended = char.IsUpper(text[at]) && EndsSentence(text, at, line.Start);
        return ended || (!isPart && IsCapitals(text, at, found.End)) ? new Heading(found.Kind, at, found.End + tail.Length) : null;
    }

    /// <summary>The name of the exam on a line of its own, or before a colon.</summary>
    private static Heading? Exam(string text, int at, TextLine line, bool follows)
    {
        var end = Colon().Match(text, at, line.End - at);
        var colon = end.Success ? end.Index - at : -1;
        var name = text[at..(end.Success ? end.Index : line.End)].Trim();
        if (name.EndsWith('.') || name.Length == 0 || !char.IsUpper(name[0]) || (colon < 0 && follows))
            return null;
        string[] words = [.. Word().Matches(name).Select(w => w.Value.ToLowerInvariant())];
        return words.Length <= MaxExamWords && words.Any(_exams.Contains)
            && words.All(w => _examWords.Contains(w) || Number().IsMatch(w))
                ? new Heading(HeadingKind.Exam, at, colon < 0 ? line.End : at + colon + 1) : null;
    }

    /// <summary>Capitals and a colon at the begin of a line: a heading that no list has.</summary>
    private static Heading? Unknown(string text, int at, TextLine line)
    {
        var match = Capitals().Match(text, at, line.End - at);
        if (!match.Success)
            return null;
        return new Heading(HeadingTable.NamesPlace(match.Value) ? HeadingKind.Place : HeadingKind.Unknown, at, at + match.Length);
    }

    private static bool IsCapitals(string text, int start, int end)
    {
        for (var at = start; at < end; at++)
        {
            if (char.IsLower(text[at]))
                return false;
        }

        return true;
    }

    /// <summary>Whether the next line begins with a small letter: <c>History</c>, break, <c>of pneumonia</c>.</summary>
    private static bool GoesOn(string text, int lineEnd)
    {
        var next = lineEnd;
        while (next < text.Length && char.IsWhiteSpace(text[next]))
            next++;
        return next < text.Length && char.IsLower(text[next]);
    }

    private static bool EndsSentence(string text, int at, int lineStart)
    {
        var before = at - 1;
        while (before > lineStart && char.IsWhiteSpace(text[before]))
            before--;
        return before < at - 1 && text[before] is '.' or '?' or '!' or ';' or '|';
    }

    [GeneratedRegex(@"^[\s\uFEFF]*(?>[#*\[>]+[ \t]*|\(?\d{1,2}[.)][ \t]+|[-•][ \t]+)*")]
    private static partial Regex Mark();

    /// <summary>
    /// Behind a heading's words: a number, view, date or time, closing marks, and then a colon, a dash or the line's end.
    /// </summary>
    [GeneratedRegex(
        @"^(?>(?:[ \t\u00A0]*(?:\([^()]{0,60}\)|\#?\d+(?:[/.:-]\d+)*|_{2,}|x{3,}|[ap]\.?m\b\.?|,|hours\b|hrs\b))*)"
            + @"[ \t\u00A0]*[\]*_=]*[ \t\u00A0]*(?:(?<colon>[:：|])|[-–—](?=\s)|$)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Tail();

    /// <summary>A list number, or a sentence that begins, behind a heading in capitals without a colon.</summary>
    [GeneratedRegex(@"^[ \t\u00A0]+(?:\d{1,2}[.)]\s|[A-Z][a-z]+\s)")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"^[A-Z][A-Z0-9 /&(),'-]{2,50}:")]
    private static partial Regex Capitals();

    /// <summary>A colon other than that of a time.</summary>
    [GeneratedRegex(@"[:：](?!\d)")]
    private static partial Regex Colon();

    [GeneratedRegex(@"[^\s,/()-]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(?:[\d.:]+|_+|x{3,})$")]
    private static partial Regex Number();
}
