namespace SynCxr.Mesh.Vocabulary;

/// <summary>The five entity types of RaTE-NER. The two <c>Non</c> types are what a report says is absent or normal.</summary>
public enum EntityType
{
    Abnormality = 1,
    NonAbnormality = 2,
    Disease = 3,
    NonDisease = 4,
    Anatomy = 5,
}

/// <summary>One term of the vocabulary.</summary>
/// <param name="Id">Stable slug, unique in a vocabulary: <c>abnormality/pleural-effusion</c>.</param>
/// <param name="Term">What a report calls it, lower case: <c>pleural effusion</c>.</param>
/// <param name="Type">Which of the five lists it stands in.</param>
/// <param name="Concept">What it is about; a present and a negated entity of one concept contradict each other.</param>
/// <param name="Group">The part of the chest it belongs to: lung, pleura, heart, mediastinum, vessel, airway, diaphragm, bone, device,
/// soft-tissue, abdomen, general.</param>
/// <param name="Excludes">
/// Concepts whose <em>presence</em> cannot stand in one report with this entity: <c>clear lungs</c> excludes every lung finding,
/// a negated <c>pneumonia</c> excludes <c>bacterial pneumonia</c>. See <see cref="Contradicts"/>.
/// </param>
/// <param name="Synonyms">Other wordings of the same entity, lower case.</param>
public sealed record Entity(
    string Id,
    string Term,
    EntityType Type,
    string Concept,
    string Group,
    IReadOnlyList<string> Excludes,
    IReadOnlyList<string> Synonyms)
{
    private static readonly string[] _normalWords = ["normal", "clear", "midline", "intact", "unremarkable", "no", "negative"];

    /// <summary>True for what a report calls absent or normal.</summary>
    public bool IsNegative => Type is EntityType.NonAbnormality or EntityType.NonDisease;

    /// <summary>True for the four lists that k is drawn from; anatomy, the fifth, is drawn by m.</summary>
    public bool IsFinding => Type != EntityType.Anatomy;

    /// <summary>
    /// True for a normal look (<c>clear lungs</c>), false for a negated finding (<c>pleural effusion</c>, said to be absent).
    /// </summary>
    public bool IsNormalStatement => IsNegative && _normalWords.Contains(Term.Split(' ', 2)[0], StringComparer.Ordinal);

    /// <summary>
    /// True when no report can hold both: one concept present and negated, or a present concept that the other excludes. Symmetric.
    /// </summary>
    public bool Contradicts(Entity other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!IsFinding || !other.IsFinding)
            return false;
        return (Concept == other.Concept && IsNegative != other.IsNegative)
            || (!other.IsNegative && Excludes.Contains(other.Concept, StringComparer.Ordinal))
            || (!IsNegative && other.Excludes.Contains(Concept, StringComparer.Ordinal));
    }
}
