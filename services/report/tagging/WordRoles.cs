namespace SynCxr.Mesh.Report.Tagging;

/// <summary>What words do in a sentence: the kinds of <c>lexicon/words.tsv</c> that say so.</summary>
[Flags]
internal enum WordRoles : byte
{
    None = 0,

    /// <summary>No statement ends with it.</summary>
    Open = 1,

    /// <summary>Begins a new statement behind a comma or an "and".</summary>
    New = 2,

    /// <summary>The verb of a statement of its own.</summary>
    Verb = 4,

    /// <summary>What a verb says of a whole list: <c>seen</c>.</summary>
    Closing = 8,

    /// <summary>May stand inside a cue.</summary>
    Filler = 16,

    /// <summary>May stand inside a wording of the vocabulary.</summary>
    Transparent = 32,

    /// <summary>A noun ends before it: a preposition, a conjunction, a time.</summary>
    Link = 64,
}
