namespace SynCxr.Mesh.Report.Tagging;

/// <summary>What a cue does to the findings around it.</summary>
internal enum CueKind
{
    /// <summary>Negates what follows: <c>no evidence of</c>.</summary>
    Negation,

    /// <summary>Negates what comes before: <c>has resolved</c>.</summary>
    NegationAfter,

    /// <summary>
    /// Negates the noun that follows, up to the next "and" or mark; where none follows, what comes before: <c>resolved</c>.
    /// </summary>
    NegationNear,

    /// <summary>Looks like a negation but negates nothing: <c>no change in</c>.</summary>
    Pseudo,

    /// <summary>Makes what follows uncertain: <c>may represent</c>.</summary>
    Doubt,

    /// <summary>Makes a whole list that follows uncertain, also where its items have adjectives: <c>differential includes</c>.</summary>
    DoubtList,

    /// <summary>Makes what follows uncertain, though the text leans to it: <c>probable</c>.</summary>
    Probable,

    /// <summary>Makes what follows uncertain even inside a negation: <c>cannot exclude</c>.</summary>
    StrongDoubt,

    /// <summary>Makes what comes before uncertain: <c>cannot be excluded</c>.</summary>
    DoubtAfter,

    /// <summary>Makes what follows uncertain; where no noun follows, what comes before: <c>difficult to exclude</c>.</summary>
    DoubtNear,

    /// <summary>Makes what comes before uncertain where nothing denies it: <c>is suspected</c>.</summary>
    SuspicionAfter,

    /// <summary>Makes all that follows in its sentence uncertain, over commas and clauses: <c>if</c>.</summary>
    Hypothetical,

    /// <summary>Makes the noun before and the noun behind it uncertain: <c>versus</c>.</summary>
    Either,

    /// <summary>Ends the scope of every cue: <c>but</c>.</summary>
    Stop,

    /// <summary>Begins a statement of its own, which ends the scope of every cue but a hypothetical: <c>there is</c>.</summary>
    Clause,

    /// <summary>Ends the scope of a negation only: <c>due to</c>.</summary>
    NegationStop,

    /// <summary>Ends the scope of a negation where a comma or "and" stands before it: <c>consistent with</c>.</summary>
    NegationPause,

    /// <summary>Takes the noun that follows as given, also inside a negation: <c>no fracture of the lead</c>.</summary>
    Given,
}
