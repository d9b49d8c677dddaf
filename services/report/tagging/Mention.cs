using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>How certain a text is of what it mentions.</summary>
public enum Certainty
{
    Present = 1,
    Absent = 2,
    Uncertain = 3,
}

/// <summary>A mention of one entity in a text.</summary>
/// <param name="EntityId">
/// Id in the vocabulary or glossary, of the negated entity where the mention is negated. Where the vocabulary lacks that entity, the id
/// that it would have.
/// </param>
/// <param name="Concept">Concept of the entity.</param>
/// <param name="Type">Type of the entity, after negation.</param>
/// <param name="Certainty">Whether the text calls it present, absent or possible.</param>
/// <param name="Start">Offset of the first character, in UTF-16 units.</param>
/// <param name="Length">Length in UTF-16 units.</param>
/// <param name="Sentence">Index of its sentence in the text, from 0.</param>
/// <param name="Implied">True for a place inside the wording of a finding: the heart in <c>the heart is enlarged</c>.</param>
public sealed record Mention(
    string EntityId, string Concept, EntityType Type, Certainty Certainty, int Start, int Length, int Sentence, bool Implied)
{
    /// <summary>
    /// True for an uncertain finding that is called probable, or is the first of two or more of which one is there. It stays uncertain; who
    /// counts findings as indexers do counts it.
    /// </summary>
    public bool IsProbable { get; init; }
}
