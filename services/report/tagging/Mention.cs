using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>How sure a text is of what it mentions.</summary>
public enum Certainty
{
    Present = 1,
    Absent = 2,
    Uncertain = 3,
}

/// <summary>One entity in a text.</summary>
/// <param name="EntityId">
/// Id in the vocabulary or glossary: of the negated entity where the mention is negated. Where the vocabulary has no such entity, the id
/// that it would have.
/// </param>
/// <param name="Concept">What it is about.</param>
/// <param name="Type">The list it belongs to, after negation.</param>
/// <param name="Certainty">Present, absent or only possible.</param>
/// <param name="Start">First character, UTF-16 units.</param>
/// <param name="Length">Length, UTF-16 units.</param>
/// <param name="Sentence">Index of the sentence that holds it, from 0.</param>
/// <param name="Implied">True for anatomy that is part of a finding's own wording: the heart in <c>the heart is enlarged</c>.</param>
public sealed record Mention(
    string EntityId, string Concept, EntityType Type, Certainty Certainty, int Start, int Length, int Sentence, bool Implied);
