namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// Splits report text into sentences of normalised tokens. A hyphen separates words: <c>air-space</c> reads like <c>air space</c>. A
/// sentence ends with its mark, before a list mark or a heading, and at a line break that is no blank (<see cref="LineBreak"/>).
/// </summary>
internal static class SentenceTokenizer
{
    /// <summary>No sentence has more tokens; one that does is cut, so that the time for a text grows with its length only.</summary>
    private const int MaxSentenceTokens = 300;

    private const int MaxBlanksBehindMark = 20;

    /// <summary>The sentences of <paramref name="text"/>, none of them empty.</summary>
    public static List<ReportToken[]> Split(string text)
    {
        var sentences = new List<ReportToken[]>();
        Split(text, 0, text.Length, sentences);
        return sentences;
    }

    /// <summary>Adds the sentences of a part of a text.</summary>
    public static void Split(string text, int start, int end, List<ReportToken[]> sentences)
    {
        var current = new List<ReportToken>();
        LineBreak? lineBreak = null;
        for (var at = start; at < end;)
        {
            if (current.Count >= MaxSentenceTokens)
                SemicolonRule.Flush(sentences, current);
            var c = text[at];
            if (c >= '\u3000' && WordTable.Characters.TryGetValue(c, out var read) && !char.IsLetter(c))
                c = read[0];
            if (char.IsLetterOrDigit(c))
            {
                var mark = InlineMarkLength(text, at, start, end, current);
                if (mark > 0)
                    SemicolonRule.Flush(sentences, current);
                at = mark > 0 ? at + mark : WordReader.Read(text, at, end, current);
            }
            else if (char.IsWhiteSpace(c))
            {
                var breaks = LineBreak.CountBreaks(text, at, end, out var next);
                if (breaks > 0 && (lineBreak ??= new LineBreak(text, start, end)).EndsSentence(breaks, next, current))
                {
                    SemicolonRule.Flush(sentences, current);
                    next += next < end ? ListMark.LengthAt(text, next, end) : 0;
                }

                at = next;
            }
            else
            {
                at += ReadMark(text, at, c, start, end, sentences, current);
            }
        }

        SemicolonRule.Flush(sentences, current);
    }

    /// <summary>The words of a term, normalised as the words of a text are.</summary>
    public static string[] NormalizedWords(string phrase) =>
        [.. Split(phrase).SelectMany(s => s).Where(t => t.IsWord).Select(t => t.Normalized)];

    /// <summary>The length of <c>1)</c> or <c>(1)</c> between two items of a list, where no bracket is open.</summary>
    private static int InlineMarkLength(string text, int at, int start, int end, List<ReportToken> current) =>
        char.IsAsciiDigit(text[at]) && (at == start || char.IsWhiteSpace(text[at - 1])) && !current.Exists(t => t.Normalized == "(")
            ? ListMark.NumberLengthAt(text, at, end, canHavePeriod: false) : 0;

    /// <summary>Reads a mark; returns its length.</summary>
    private static int ReadMark(
        string text, int at, char c, int start, int end, List<ReportToken[]> sentences, List<ReportToken> current)
    {
        switch (c)
        {
            case '.' when !EndsSentence(text, at, end, current):
                return 1;
            case '.' or '!' or '\u2026':
                SemicolonRule.Flush(sentences, current);
                return 1;
            case '?':
                current.Add(new ReportToken("?", at, 1));
                if (!IsInFront(text, at, start, end))
                    SemicolonRule.Flush(sentences, current);
                return 1;
            case '(' when ListMark.NumberLengthAt(text, at, end, canHavePeriod: false) is > 0 and var length:
                SemicolonRule.Flush(sentences, current);
                return length;
            case ',' or ':' or ';' or '(' or ')':
                current.Add(new ReportToken(c.ToString(), at, 1));
                return 1;
            case '|' or '=':
                current.Add(new ReportToken(c == '|' ? "|" : ":", at, 1));
                return 1;
            case '-' or '\u2012' or '\u2013' or '\u2014' or '\u2015' or '\u2212':
                return ReadDash(text, at, start, end, current);
            default:
                if (ListMark.IsBullet(c))
                    SemicolonRule.Flush(sentences, current);
                return 1;
        }
    }

    /// <summary>A long dash, a double one, and one with a blank beside it part a sentence; one between letters is a hyphen.</summary>
    private static int ReadDash(string text, int at, int start, int end, List<ReportToken> current)
    {
        var next = at + 1;
        while (next < end && text[next] is '-' or '\u2013' or '\u2014')
            next++;
        var isBesideBlank = at > start && char.IsWhiteSpace(text[at - 1]);
        if (next < end && char.IsWhiteSpace(text[next]))
            isBesideBlank |= LineBreak.CountBreaks(text, next, end, out var word) != 1 || word >= end || !char.IsLower(text[word]);
        var isHyphen = next == at + 1 && text[at] is not ('\u2014' or '\u2015') && !isBesideBlank;
        if (!isHyphen && current.Count > 0)
            current.Add(new ReportToken("-", at, next - at));
        return next - at;
    }

    /// <summary>Whether a question mark stands in front of what it doubts: <c>?pneumonia</c>.</summary>
    private static bool IsInFront(string text, int at, int start, int end)
    {
        var next = at + 1;
        while (next < end && next < at + MaxBlanksBehindMark && (char.IsWhiteSpace(text[next]) || text[next] == '?'))
            next++;
        return next < end && (text[next] == ')' || (char.IsLetterOrDigit(text[next]) && (at == start || !char.IsLetterOrDigit(text[at - 1]))
            && !(at > start && text[at - 1] == ')')));
    }

    private static bool EndsSentence(string text, int at, int end, List<ReportToken> current)
    {
        if (current.Count == 0 || current[^1].End != at)
            return true;
        var word = text[current[^1].Start..at].ToLowerInvariant();
        if (WordTable.Titles.Contains(word))
            return false;
        LineBreak.CountBreaks(text, at + 1, end, out var next);
        return !WordTable.Abbreviations.Contains(word) || next >= end || char.IsUpper(text[next]);
    }
}
