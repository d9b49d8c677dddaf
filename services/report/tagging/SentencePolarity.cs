namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// Which tokens of a sentence are negated or uncertain. The scope of a cue ends at the next stop word, at a stronger cue, or at a comma
/// before a clause with a verb of its own.
/// </summary>
internal sealed class SentencePolarity
{
    private static readonly HashSet<string> _verbs = new(StringComparer.Ordinal)
    {
        "is", "are", "was", "were", "has", "have", "appear", "remain", "demonstrate", "show", "represent", "may", "could", "suggest",
    };

    private readonly bool[] _negated;
    private readonly bool[] _uncertain;
    private readonly bool[] _stronglyUncertain;

    public SentencePolarity(ReportToken[] tokens, List<CueMatch> cues)
    {
        _negated = new bool[tokens.Length];
        _uncertain = new bool[tokens.Length];
        _stronglyUncertain = new bool[tokens.Length];
        foreach (var cue in cues)
        {
            switch (cue.Kind)
            {
                case CueKind.Negation:
                    Mark(_negated, cue.End, ForwardEnd(tokens, cues, cue));
                    break;
                case CueKind.NegationNear:
                    var end = NearEnd(tokens, cue);
                    Mark(_negated, end > cue.End ? cue.End : BackwardStart(tokens, cues, cue), end);
                    break;
                case CueKind.Doubt:
                    Mark(_uncertain, cue.End, ForwardEnd(tokens, cues, cue));
                    break;
                case CueKind.StrongDoubt:
                    Mark(_stronglyUncertain, cue.End, ForwardEnd(tokens, cues, cue));
                    break;
                case CueKind.NegationAfter:
                    Mark(_negated, BackwardStart(tokens, cues, cue), cue.Start);
                    break;
                case CueKind.DoubtAfter:
                    Mark(_stronglyUncertain, BackwardStart(tokens, cues, cue), cue.Start);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>
    /// How certain the sentence is of the phrase from token <paramref name="start"/> up to but not including <paramref name="end"/>. The
    /// last token, the head of the phrase, decides.
    /// </summary>
    public Certainty CertaintyOf(int start, int end)
    {
        var head = end - 1;
        if (_stronglyUncertain[head])
            return Certainty.Uncertain;
        if (_negated[head] || _negated[start])
            return Certainty.Absent;
        return _uncertain[head] ? Certainty.Uncertain : Certainty.Present;
    }

    private static void Mark(bool[] marks, int start, int end)
    {
        for (var at = start; at < end; at++)
            marks[at] = true;
    }

    private static int ForwardEnd(ReportToken[] tokens, List<CueMatch> cues, CueMatch cue)
    {
        for (var at = cue.End; at < tokens.Length; at++)
        {
            if (cues.Exists(
                c => c.Start == at
                    && (c.Kind is CueKind.Stop or CueKind.Pseudo || (c.Kind == CueKind.NegationStop && cue.Kind == CueKind.Negation))))
                return at;
            if (tokens[at].Normalized == ",")
            {
                if (StartsClause(tokens, at + 1))
                    return at;
            }
        }

        return tokens.Length;
    }

    private static int NearEnd(ReportToken[] tokens, CueMatch cue)
    {
        var end = Array.FindIndex(tokens, cue.End, t => !t.IsWord || t.Normalized is "and" or "with" or "is" or "are");
        return end < 0 ? tokens.Length : end;
    }

    private static int BackwardStart(ReportToken[] tokens, List<CueMatch> cues, CueMatch cue)
    {
        for (var at = cue.Start - 1; at >= 0; at--)
        {
            if (cues.Exists(c => (c.Kind is CueKind.Stop or CueKind.NegationStop) && c.End == at + 1))
                return at + 1;
            if (tokens[at].Normalized == "," && Array.Exists(tokens[..at], t => _verbs.Contains(t.Normalized)))
                return at + 1;
        }

        return 0;
    }

    /// <summary>True when the words from <paramref name="start"/> to the next comma hold a verb and do not continue a list.</summary>
    private static bool StartsClause(ReportToken[] tokens, int start)
    {
        if (start >= tokens.Length || tokens[start].Normalized is "or" or "nor")
            return false;
        for (var next = start; next < tokens.Length && tokens[next].Normalized is not ("," or "or" or "nor"); next++)
        {
            if (_verbs.Contains(tokens[next].Normalized))
                return true;
        }

        return false;
    }
}
