using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>
/// Compares the mentions of a text with an entity set. A finding counts as found only with the polarity that the set gives it; one that the
/// text calls possible counts as extra. A place counts wherever it stands, even inside the wording of a finding (<c>the heart</c> in
/// <c>the heart is normal in size</c>); such an implied place is never an extra.
/// </summary>
internal static class EntityMatcher
{
    /// <summary>The ids of the entities that were found, those that are missing and those that are extra.</summary>
    /// <param name="mentions">What the check found in the text.</param>
    /// <param name="wanted">The entities that the section must hold.</param>
    /// <param name="allowed">The entities that it may hold: the whole set of the report.</param>
    public static (List<string> Found, List<string> Missing, List<string> Extra) Compare(
        IReadOnlyList<Mention> mentions, IReadOnlyList<Entity> wanted, IReadOnlyList<Entity> allowed)
    {
        var allowedIds = allowed.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        var found = new List<string>();
        var extra = new List<string>();
        foreach (var mention in mentions)
        {
            var isFound = mention.Certainty != Certainty.Uncertain && allowedIds.Contains(mention.EntityId);
            if (!isFound && mention.Implied)
                continue;
            var list = isFound ? found : extra;
            if (!list.Contains(mention.EntityId))
                list.Add(mention.EntityId);
        }

        return (found, [.. wanted.Select(e => e.Id).Where(id => !found.Contains(id))], extra);
    }

    /// <summary>True when an extra entity says the opposite of a wanted one; lenient matching does not allow that either.</summary>
    public static bool HasContradiction(IReadOnlyList<string> extra, IReadOnlyList<Entity> wanted) => extra.Any(id =>
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        var isNegative = id.StartsWith("non-", StringComparison.Ordinal);
        var concept = id[(slash + 1)..];
        return !id.StartsWith("anatomy/", StringComparison.Ordinal)
            && wanted.Any(e => e.IsFinding && e.Concept == concept && e.IsNegative != isNegative);
    });
}
