namespace SynCxr.Mesh.Report.Tagging;

/// <summary>Which tokens of a sentence are negated or uncertain, by its cues and their scopes (<see cref="CueScope"/>).</summary>
internal sealed class SentencePolarity
{
    private readonly Mark[] _marks;

    public SentencePolarity(ReportToken[] tokens, List<CueMatch> cues)
    {
        _marks = new Mark[tokens.Length];
        if (cues.Count == 0)
            return;
        var scope = new CueScope(tokens, cues);
        foreach (var cue in cues)
        {
            switch (cue.Kind)
            {
                case CueKind.Negation:
                    Set(Mark.Negated, cue.End, scope.ForwardEnd(cue));
                    break;
                case CueKind.NegationNear when scope.NearEnd(cue) is var end && end > cue.End:
                    Set(Mark.Negated, cue.End, end);
                    break;
                case CueKind.NegationNear or CueKind.NegationAfter:
                    Set(Mark.Negated, scope.BackwardStart(cue), cue.Start);
                    break;
                case CueKind.Doubt or CueKind.DoubtList:
                    Set(Mark.Uncertain, cue.End, scope.ForwardEnd(cue));
                    break;
                case CueKind.Probable:
                    Set(Mark.Probable, cue.End, scope.ForwardEnd(cue));
                    break;
                case CueKind.DoubtNear when scope.NearEnd(cue) == cue.End:
                    Set(Mark.StronglyUncertain, scope.BackwardStart(cue), cue.Start);
                    break;
                case CueKind.StrongDoubt or CueKind.DoubtNear:
                    Set(Mark.StronglyUncertain, cue.End, scope.ForwardEnd(cue));
                    break;
                case CueKind.Hypothetical:
                    Set(Mark.StronglyUncertain, cue.End, scope.StopEnd(cue));
                    break;
                case CueKind.DoubtAfter:
                    Set(Mark.StronglyUncertain, scope.BackwardStart(cue), cue.Start);
                    break;
                case CueKind.SuspicionAfter:
                    Set(Mark.Uncertain, scope.BackwardStart(cue), cue.Start);
                    break;
                case CueKind.Either:
                    Set(Mark.Probable, scope.NounStart(cue), cue.Start);
                    Set(Mark.Uncertain, cue.End, scope.NearEnd(cue));
                    break;
            }
        }

        foreach (var (start, end) in scope.Given)
        {
            for (var at = start; at < end; at++)
                _marks[at] &= ~Mark.Negated;
        }
    }

    [Flags]
    private enum Mark : byte
    {
        None = 0,
        Negated = 1,
        Uncertain = 2,
        StronglyUncertain = 4,
        Probable = 8,
    }

    /// <summary>
    /// How certain the sentence is of the phrase from token <paramref name="start"/> up to but not including <paramref name="end"/>. The
    /// last token, the head of the phrase, decides.
    /// </summary>
    public Certainty CertaintyOf(int start, int end)
    {
        var head = _marks[end - 1];
        if (head.HasFlag(Mark.StronglyUncertain))
            return Certainty.Uncertain;
        if ((head | _marks[start]).HasFlag(Mark.Negated))
            return Certainty.Absent;
        return (head & (Mark.Uncertain | Mark.Probable)) != 0 ? Certainty.Uncertain : Certainty.Present;
    }

    /// <summary>Whether a phrase is uncertain only because it is called probable, or is one of two: most readers count it.</summary>
    public bool IsProbable(int start, int end) =>
        _marks[end - 1] == Mark.Probable && !_marks[start].HasFlag(Mark.Negated);

    /// <summary>Makes a phrase probable that nothing denies: one of two that an "or" joins.</summary>
    public void MakeProbable(int start, int end) => Set(Mark.Probable, start, end);

    private void Set(Mark mark, int start, int end)
    {
        for (var at = start; at < end; at++)
            _marks[at] |= mark;
    }
}
