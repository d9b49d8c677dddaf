namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// How far the cues of a sentence reach. A scope ends at a stop word, at a cue that says something else, at a dash, at the bracket that the
/// cue stands in, and at a comma or "and" behind which a new statement begins.
/// </summary>
internal sealed class CueScope
{
    private readonly ReportToken[] _tokens;
    private readonly CueMatch?[] _starting;
    private readonly CueMatch?[] _ending;
    private readonly ClauseFinder _clauses;
    private readonly int _firstCue;

    public CueScope(ReportToken[] tokens, List<CueMatch> cues)
    {
        _tokens = tokens;
        _starting = new CueMatch?[tokens.Length + 1];
        _ending = new CueMatch?[tokens.Length + 1];
        foreach (var cue in cues)
        {
            _starting[cue.Start] = cue;
            _ending[cue.End] = cue;
        }

        _clauses = new ClauseFinder(tokens);
        _firstCue = cues[0].Start;
        Given = [.. cues.Where(c => c.Kind == CueKind.Given).Select(c => (c.End, NounEnd(c.End)))];
    }

    /// <summary>What is taken as given, also inside a negation.</summary>
    public IReadOnlyList<(int Start, int End)> Given { get; }

    /// <summary>Where the scope of a cue ends that reaches forward.</summary>
    public int ForwardEnd(CueMatch cue)
    {
        var isNegation = cue.Kind == CueKind.Negation;
        var brackets = 0;
        for (var at = cue.End; at < _tokens.Length; at++)
        {
            if (_starting[at] is { } next && Ends(next, at, isNegation))
                return at;
            switch (_tokens[at].Normalized)
            {
                case ",":
                    if (_clauses.BeginsBehindComma(at, cue.End, cue.Kind != CueKind.DoubtList))
                        return at;
                    break;
                case "and":
                    if (_clauses.BeginsBehindAnd(at))
                        return at;
                    break;
                case "-" or "|":
                case ":" when at > cue.End:
                    return at;
                case "(":
                    brackets++;
                    break;
                case ")" when --brackets < 0:
                    return at;
            }
        }

        return _tokens.Length;
    }

    /// <summary>Where the next stop word, bracket or dash stands: the scope of what goes over commas.</summary>
    public int StopEnd(CueMatch cue)
    {
        var at = cue.End;
        while (at < _tokens.Length && _starting[at]?.Kind != CueKind.Stop && _tokens[at].Normalized is not ("-" or ")"))
            at++;
        return at;
    }

    /// <summary>Where the noun behind a cue ends; the cue's own end where none follows.</summary>
    public int NearEnd(CueMatch cue) =>
        cue.End < _tokens.Length && ClauseFinder.IsNounPart(_tokens[cue.End]) && _starting[cue.End] is null ? NounEnd(cue.End) : cue.End;

    /// <summary>Where the scope of a cue begins that reaches backward.</summary>
    public int BackwardStart(CueMatch cue)
    {
        var isList = false;
        for (var at = cue.Start - 1; at >= 0; at--)
        {
            if (at + 1 < cue.Start && _ending[at + 1]?.Kind is CueKind.Stop or CueKind.Clause or CueKind.NegationStop
                or CueKind.NegationPause or CueKind.Pseudo or CueKind.NegationAfter or CueKind.DoubtAfter or CueKind.SuspicionAfter)
                return at + 1;
            var isNextToCue = at == cue.Start - 1;
            switch (_tokens[at].Normalized)
            {
                case "-" or ":" or "|" or "(" when !isNextToCue:
                    return at + 1;
                case "and" or "or" or "nor":
                    if (_clauses.HasVerbBefore(at))
                        return at + 1;
                    isList = true;
                    break;
                case ",":
                    if (!isNextToCue && (_clauses.HasVerbBefore(at)
                        || !(isList || (at < _firstCue && _clauses.GoesOnBehind(at, cue)))))
                        return at + 1;
                    break;
            }
        }

        return 0;
    }

    /// <summary>Where the noun in front of a cue begins: behind a mark, a verb, a preposition or another cue.</summary>
    public int NounStart(CueMatch cue)
    {
        var at = cue.Start;
        while (at > 0 && _tokens[at - 1].IsWord && !_tokens[at - 1].Is(WordRoles.Verb) && _ending[at] is null
            && _tokens[at - 1].Normalized is not "and")
            at--;
        return at;
    }

    private int NounEnd(int start)
    {
        var end = start;
        while (end < _tokens.Length && ClauseFinder.IsNounPart(_tokens[end]) && !(end > start && _starting[end] is not null))
            end++;
        return end;
    }

    /// <summary>Whether a cue inside a forward scope ends it.</summary>
    private bool Ends(CueMatch next, int at, bool isNegation) => next.Kind switch
    {
        CueKind.Stop or CueKind.Clause or CueKind.Pseudo => true,
        CueKind.NegationStop => isNegation,
        CueKind.Negation => !isNegation,
        CueKind.NegationPause or CueKind.Doubt or CueKind.DoubtList or CueKind.Probable or CueKind.StrongDoubt or CueKind.Hypothetical =>
            isNegation && _tokens[at - 1].Normalized is "," or "and" or ")",
        _ => false,
    };
}
