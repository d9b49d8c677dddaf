namespace SynCxr.Mesh.Report.Tagging;

/// <summary>Says where, inside a sentence, a list goes on and where a new statement begins.</summary>
internal sealed class ClauseFinder(ReportToken[] tokens)
{
    private readonly int _firstVerb = FindFirstVerb(tokens);

    /// <summary>Whether a word may belong to a noun with what stands before it.</summary>
    public static bool IsNounPart(ReportToken token) => token.IsWord && !token.Is(WordRoles.Verb | WordRoles.Link);

    /// <summary>Whether a verb stands before a position, so that an "and" there begins a statement of its own.</summary>
    public bool HasVerbBefore(int at) => _firstVerb < at;

    /// <summary>
    /// Whether what a cue at the end says reaches over a comma: where only a remark stands between the two, or where a bare noun before the
    /// comma may be one of a list that is denied.
    /// </summary>
    public bool GoesOnBehind(int comma, CueMatch cue)
    {
        if (comma + 1 < cue.Start && tokens[comma + 1].Normalized is "in" or "on" or "at" or "within" or "along" or "which" or "seen")
            return true;
        var start = comma;
        while (start > 0 && tokens[start - 1].IsWord)
            start--;
        return cue.Kind is CueKind.NegationAfter or CueKind.NegationNear && !tokens[start].Is(WordRoles.New);
    }

    /// <summary>Whether a new statement begins behind a comma.</summary>
    /// <param name="comma">The comma.</param>
    /// <param name="scopeStart">Where the scope begins that may end here.</param>
    /// <param name="canBeginWithAdjective">Whether a word of kind New is enough: "small".</param>
    public bool BeginsBehindComma(int comma, int scopeStart, bool canBeginWithAdjective)
    {
        var next = comma + 1;
        if (next >= tokens.Length || tokens[next].Normalized is "or" or "nor")
            return false;
        if (tokens[next].Normalized == "and")
            return BeginsBehindAnd(next);
        if (HasOwnVerb(next))
            return true;
        return canBeginWithAdjective && (tokens[next].Is(WordRoles.New) || IsOtherSide(next, comma, scopeStart)) && !GoesOnWithOr(next);
    }

    /// <summary>Whether a new statement begins behind an "and".</summary>
    public bool BeginsBehindAnd(int and)
    {
        var next = and + 1;
        if (next >= tokens.Length || tokens[next].Normalized is "or")
            return false;
        return tokens[next].Normalized is "the" or "a" or "an" or "there" or "this" || tokens[next].Is(WordRoles.New)
            || HasOwnVerb(next);
    }

    /// <summary>
    /// Whether the words up to the next comma or "or" have a verb, other than one that closes a list: <c>effusion and edema are seen</c>.
    /// </summary>
    private bool HasOwnVerb(int start)
    {
        var hasAnd = start > 0 && tokens[start - 1].Normalized == "and";
        for (var at = start; at < tokens.Length && tokens[at].Normalized is not ("," or "or" or "nor" or ":" or "-" or "("); at++)
        {
            hasAnd |= tokens[at].Normalized == "and";
            if (!tokens[at].Is(WordRoles.Verb))
                continue;
            return !(hasAnd && IsClosing(at + 1));
        }

        return false;
    }

    private bool IsClosing(int at)
    {
        while (at < tokens.Length && tokens[at].Is(WordRoles.Filler))
            at++;
        return at < tokens.Length && tokens[at].Is(WordRoles.Closing);
    }

    /// <summary>Whether an "or" goes on with the list before any verb does.</summary>
    private bool GoesOnWithOr(int start)
    {
        for (var at = start; at < tokens.Length && !tokens[at].Is(WordRoles.Verb); at++)
        {
            if (tokens[at].Normalized is "or" or "nor")
                return tokens[at - 1].Normalized != "and";
            if (tokens[at].Normalized is "-" or ":")
                return false;
        }

        return false;
    }

    /// <summary>Whether the other side is spoken of: "no left pneumothorax, right apical pneumothorax".</summary>
    private bool IsOtherSide(int next, int comma, int scopeStart)
    {
        if (tokens[next].Normalized is not ("left" or "right"))
            return false;
        var other = tokens[next].Normalized == "left" ? "right" : "left";
        for (var at = scopeStart; at < comma; at++)
        {
            if (tokens[at].Normalized == other)
                return true;
        }

        return false;
    }

    private static int FindFirstVerb(ReportToken[] tokens)
    {
        var first = Array.FindIndex(tokens, t => t.Is(WordRoles.Verb));
        return first < 0 ? int.MaxValue : first;
    }
}
