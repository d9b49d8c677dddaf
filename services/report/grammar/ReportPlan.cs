using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>
/// What one report says, before it is worded: the findings with grade, side and place, what is absent, what is normal, and the places that
/// no finding takes. A pure function of the entity set and the stream.
/// </summary>
internal sealed class ReportPlan
{
    /// <param name="entities">The set.</param>
    /// <param name="stream">Where every choice comes from.</param>
    /// <param name="placed">Whether findings take places; without, every place stands on its own.</param>
    public ReportPlan(IReadOnlyList<Entity> entities, SplitMix64 stream, bool placed)
    {
        Present = [.. entities.Where(e => e.IsFinding && !e.IsNegative).Select(e => new NounPhrase(e, stream))];
        Absent = [.. entities.Where(e => e.IsNegative && !e.IsNormalStatement).Select(e => new NounPhrase(e, stream))];
        Normal = [.. entities.Where(e => e.IsNormalStatement)];
        foreach (var place in stream.Shuffled(entities.Where(e => !e.IsFinding)))
        {
            if (!placed || (!TryPlace(place, stream.Shuffled(Present), 2) && !TryPlace(place, stream.Shuffled(Absent), 1)))
                Places.Add(place);
        }
    }

    public IReadOnlyList<NounPhrase> Present { get; }

    public IReadOnlyList<NounPhrase> Absent { get; }

    public IReadOnlyList<Entity> Normal { get; }

    /// <summary>Places that stand on their own.</summary>
    public List<Entity> Places { get; } = [];

    /// <summary>The part of the report that a group is spoken of in.</summary>
    public static int TopicOf(Entity entity) => entity.Group switch
    {
        "lung" or "pleura" or "airway" => 0,
        "heart" or "vessel" or "mediastinum" => 1,
        "diaphragm" or "abdomen" => 2,
        "bone" or "soft-tissue" => 3,
        "device" => 4,
        _ => 5,
    };

    private static bool TryPlace(Entity place, List<NounPhrase> findings, int limit)
    {
        foreach (var finding in findings)
        {
            var most = finding.Head.Number == GrammaticalNumber.Count ? 1 : limit;
            if (!finding.Head.CanBeAt(place) || finding.Places.Count >= most)
                continue;
            if (finding.Places.Count > 0 && EnglishWording.PrepositionFor(finding.Places[0],
                finding.Entity) != EnglishWording.PrepositionFor(place, finding.Entity))
                continue;
            finding.Places.Add(place);
            return true;
        }

        return false;
    }
}
