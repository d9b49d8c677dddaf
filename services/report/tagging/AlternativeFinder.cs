namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// Findings that an "or" joins, of which the text says that one is there: <c>atelectasis or pneumonia at the left base</c>. Where the list
/// is denied, the denial stands.
/// </summary>
internal static class AlternativeFinder
{
    private const int MaxWordsBetween = 5;

    /// <summary>Makes uncertain both findings on either side of an "or", and what a list of three or more has before them.</summary>
    public static void MakeProbable(ReportToken[] tokens, List<PhraseMatch> phrases, SentencePolarity polarity)
    {
        for (var at = 1; at + 1 < tokens.Length; at++)
        {
            if (tokens[at].Normalized != "or")
                continue;
            var right = phrases.FindIndex(p => p.Sense.Anatomy is null && p.Start > at);
            var left = phrases.FindLastIndex(p => p.Sense.Anatomy is null && p.End <= at);
            if (left < 0 || right < 0 || !IsJoined(tokens, phrases[left].End, at) || !IsJoined(tokens, at + 1, phrases[right].Start))
                continue;
            polarity.MakeProbable(phrases[right].Start, phrases[right].End);
            polarity.MakeProbable(phrases[left].Start, phrases[left].End);
            if (tokens[at - 1].Normalized != ",")
                continue;
            for (var before = left - 1; before >= 0 && IsItem(tokens, phrases[before].End, phrases[before + 1].Start); before--)
                polarity.MakeProbable(phrases[before].Start, phrases[before].End);
        }
    }

    /// <summary>Whether nothing but a few words stands between a finding and the "or", a comma next to it aside.</summary>
    private static bool IsJoined(ReportToken[] tokens, int start, int end)
    {
        if (end - start > MaxWordsBetween)
            return false;
        for (var at = start; at < end; at++)
        {
            var isComma = tokens[at].Normalized == "," && at == end - 1;
            if (!isComma && (!tokens[at].IsWord || tokens[at].Is(WordRoles.Verb) || tokens[at].Normalized is "and" or "no"
                or "with"))
                return false;
        }

        return true;
    }

    private static bool IsItem(ReportToken[] tokens, int start, int end) =>
        start < end && end - start <= 2 && tokens[start].Normalized == ",";
}
