using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Building;

/// <summary>
/// Makes entities of mined terms. The last word of a term decides on type and group: those of the shipped entities that end in the same
/// word; else a medical suffix makes it a disease; else it is an abnormality of the group <c>general</c>.
/// </summary>
internal static class MinedEntityFactory
{
    private static readonly string[] _diseaseEndings = ["itis", "osis", "oma", "emia", "pathy", "plasia", "trophy"];
    private static readonly string[] _diseaseHeads = ["disease", "syndrome", "infection", "failure", "disorder", "malignancy", "cancer"];

    private static readonly Dictionary<string, (bool IsAnatomy, bool IsDisease, string Group)> _heads = EntityVocabulary.Shipped.Entities
        .Where(e => !e.IsNegative).Select(e => (Head: SentenceTokenizer.NormalizedWords(e.Term)[^1], Entity: e))
        .GroupBy(h => h.Head, StringComparer.Ordinal)
        .ToDictionary(
            g => g.Key,
            g => (g.Count(h => !h.Entity.IsFinding) * 2 > g.Count(), g.Count(h => h.Entity.Type == EntityType.Disease) * 2 > g.Count(),
                g.GroupBy(h => h.Entity.Group).OrderByDescending(n => n.Count()).ThenBy(n => n.Key, StringComparer.Ordinal).First().Key),
            StringComparer.Ordinal);

    /// <summary>
    /// The vocabulary with the mined findings among the exclusions of its negated entities: what denies <c>atelectasis</c> also denies a
    /// mined
    /// <c>bibasilar atelectasis</c>.
    /// </summary>
    public static IEnumerable<Entity> WithMinedExclusions(IReadOnlyList<Entity> entities, IReadOnlyCollection<Entity> mined)
    {
        var lexicon = new EntityLexicon(EntityVocabulary.Shipped.Entities);
        var kin = mined.Where(e => e.IsFinding && !e.IsNegative).Select(e => (e.Concept, Parent: ParentConcept(e.Term, lexicon)))
            .Where(k => k.Parent is not null).ToList();
        return entities.Select(e => !e.IsNegative ? e : e with
        {
            Excludes = [.. e.Excludes,
                .. kin.Where(k => k.Parent == e.Concept || e.Excludes.Contains(k.Parent!)).Select(k => k.Concept)
                    .Where(c => !e.Excludes.Contains(c) && c != e.Concept)],
        });
    }

    /// <summary>
    /// The concept of the known wording that a term ends with, or that stands before its <c>of</c>; null where there is none.
    /// </summary>
    private static string? ParentConcept(string term, EntityLexicon lexicon)
    {
        var tokens = SentenceTokenizer.Split(term).SelectMany(s => s).ToArray();
        for (var at = 0; at < tokens.Length; at++)
        {
            if (lexicon.TryFinding(tokens, at, out var sense, out var end, out _)
                && (end == tokens.Length || tokens[end].Normalized == "of"))
                return sense.Concept;
        }

        return null;
    }

    /// <summary>The entities of a term: a place, or the present and the absent finding, each if enough reports hold it.</summary>
    public static IEnumerable<Entity> Create(UnknownTerm term, int minReports)
    {
        var of = term.Words.ToList().IndexOf("of");
        var head = of > 0 ? term.Words[of - 1] : term.Words[^1];
        var known = _heads.TryGetValue(head, out var kind);
        var concept = string.Join('-', term.Words);
        var group = known ? kind.Group : "general";
        if (known && kind.IsAnatomy)
        {
            yield return new Entity($"anatomy/{concept}", term.Term, EntityType.Anatomy, concept, group, [], []);
            yield break;
        }

        var isDisease = (known && kind.IsDisease) || Array.Exists(_diseaseEndings, e => head.EndsWith(e, StringComparison.Ordinal))
            || _diseaseHeads.Contains(head);
        if (term.Present.Count >= minReports)
        {
            yield return new Entity(
                $"{(isDisease ? "disease" : "abnormality")}/{concept}", term.Term, isDisease ? EntityType.Disease : EntityType.Abnormality,
                concept, group, [], []);
        }

        if (term.Absent.Count >= minReports)
        {
            yield return new Entity(
                $"{(isDisease ? "non-disease" : "non-abnormality")}/{concept}", term.Term,
                isDisease ? EntityType.NonDisease : EntityType.NonAbnormality, concept, group, [], []);
        }
    }
}
