using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>
/// Holds the mentions of a text against a set. A finding must be there with its own polarity; a merely possible one counts as extra and not
/// as found. A place of the set may stand anywhere, inside a finding's own wording too (<c>the heart</c> in <c>the heart is normal in
/// size</c>); such an implied place is never an extra.
/// </summary>
internal static class EntityMatcher
{
    /// <param name="mentions">What the check found.</param>
    /// <param name="wanted">What the section must hold.</param>
    /// <param name="allowed">What it may hold: the whole set of the report.</param>
    public static (List<string> Found, List<string> Missing, List<string> Extra) Compare(
        IReadOnlyList<Mention> mentions, IReadOnlyList<Entity> wanted, IReadOnlyList<Entity> allowed)
    {
        var may = allowed.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        var found = new List<string>();
        var extra = new List<string>();
        foreach (var mention in mentions)
        {
            var holds = mention.Certainty != Certainty.Uncertain && may.Contains(mention.EntityId);
            if (!holds && mention.Implied)
                continue;
            var list = holds ? found : extra;
            if (!list.Contains(mention.EntityId))
                list.Add(mention.EntityId);
        }

        return (found, [.. wanted.Select(e => e.Id).Where(id => !found.Contains(id))], extra);
    }

    /// <summary>True when an extra says the opposite of something in the set: not even lenient matching allows that.</summary>
    public static bool HasContradiction(IReadOnlyList<string> extra, IReadOnlyList<Entity> wanted) => extra.Any(id =>
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        var (negative, concept) = (id.StartsWith("non-", StringComparison.Ordinal), id[(slash + 1)..]);
        return !id.StartsWith("anatomy/", StringComparison.Ordinal)
            && wanted.Any(e => e.IsFinding && e.Concept == concept && e.IsNegative != negative);
    });
}
