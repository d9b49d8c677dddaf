using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>
/// Selects the entities that a salient impression must hold: up to four of the diseases and abnormalities that are present, devices last;
/// in a report without any, up to three of its normal statements and absent findings, in this order; else one place.
/// </summary>
internal static class SaliencePolicy
{
    private const int MaxPresent = 4;
    private const int MaxNegative = 3;

    public static IReadOnlyList<Entity> Select(IReadOnlyList<Entity> entities)
    {
        var present = entities.Where(e => e.IsFinding && !e.IsNegative).OrderBy(Rank).Take(MaxPresent).ToList();
        if (present.Count > 0)
            return present;
        var negative = entities.Where(e => e.IsNegative).OrderBy(e => e.IsNormalStatement ? 0 : 1).Take(MaxNegative).ToList();
        return negative.Count > 0 ? negative : [.. entities.Take(1)];
    }

    private static int Rank(Entity entity) => entity.Group == "device" ? 2 : entity.Type == EntityType.Disease ? 0 : 1;
}
