using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>A hyphen at the end of a line, behind which the word goes on: <c>consoli-</c>, break, <c>dation</c>.</summary>
internal static class LineHyphen
{
    /// <summary>
    /// The words of the vocabulary and of the cues, which say whether the hyphen belongs to the word: <c>air-</c>, break, <c>space</c>.
    /// </summary>
    private static readonly Lazy<HashSet<string>> _known = new(() =>
        [.. EntityVocabulary.Shipped.Entities.SelectMany(e => e.Synonyms.Append(e.Term)).SelectMany(SentenceTokenizer.NormalizedWords),
            .. CueFinder.Shipped.Words]);

    /// <summary>Where the word goes on, or null where it ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the word begins.</param>
    /// <param name="hyphen">Where the hyphen may stand.</param>
    /// <param name="end">Where the part of the text that is read ends.</param>
    /// <param name="letters">The letters of the word before the hyphen.</param>
    public static int? FindContinuation(string text, int start, int hyphen, int end, ReadOnlySpan<char> letters)
    {
        if (text[hyphen] is not ('-' or '\u2010' or '\u00AD') || hyphen == start || !char.IsLetter(text[hyphen - 1]))
            return null;
        var next = hyphen + 1;
        var breaks = 0;
        while (next < end && char.IsWhiteSpace(text[next]))
            breaks += LineBreak.IsBreak(text[next++]) ? 1 : 0;
        if (breaks == 0 || next >= end || !IsCaseOf(text, hyphen - 1, next))
            return null;
        if (text[hyphen] == '\u00AD')
            return next;
        var rest = next;
        while (rest < end && char.IsLetter(text[rest]))
            rest++;
        var first = letters.ToString();
        var whole = SentenceTokenizer.NormalizedWords(first + text[next..rest]);
        return whole.Length == 1 && !_known.Value.Contains(whole[0]) && _known.Value.Contains(first) ? null : next;
    }

    /// <summary>A word goes on in lower case, or in capitals where it began in capitals.</summary>
    private static bool IsCaseOf(string text, int before, int next) =>
        char.IsLower(text[next]) || (char.IsUpper(text[next]) && char.IsUpper(text[before]));
}
