using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>
/// What one report says, before it is put into sentences: the findings with grade, side and place, the absent findings, the normal
/// statements and the places that no finding is at. A pure function of the entity set and the random stream.
/// </summary>
internal sealed class ReportPlan
{
    /// <summary>Plans a report.</summary>
    /// <param name="entities">The entity set.</param>
    /// <param name="stream">The source of every choice.</param>
    /// <param name="withPlaces">True to put findings at places; false to leave every place in a sentence of its own.</param>
    public ReportPlan(IReadOnlyList<Entity> entities, SplitMix64 stream, bool withPlaces)
    {
        Present = [.. entities.Where(e => e.IsFinding && !e.IsNegative).Select(e => new NounPhrase(e, stream))];
        Absent = [.. entities.Where(e => e.IsNegative && !e.IsNormalStatement).Select(e => new NounPhrase(e, stream))];
        Normal = [.. entities.Where(e => e.IsNormalStatement)];
        foreach (var place in stream.Shuffled(entities.Where(e => !e.IsFinding)))
        {
            if (!withPlaces
                || (!TryPlace(place, stream.Shuffled(Present), maxPlaces: 2) && !TryPlace(place, stream.Shuffled(Absent), maxPlaces: 1)))
                Places.Add(place);
        }
    }

    public IReadOnlyList<NounPhrase> Present { get; }

    public IReadOnlyList<NounPhrase> Absent { get; }

    public IReadOnlyList<Entity> Normal { get; }

    /// <summary>Places that no finding is at.</summary>
    public List<Entity> Places { get; } = [];

    /// <summary>The part of the report that speaks of an entity: 0 lungs, 1 heart, 2 abdomen, 3 bones, 4 devices, 5 the rest.</summary>
    public static int TopicOf(Entity entity) => entity.Group switch
    {
        "lung" or "pleura" or "airway" => 0,
        "heart" or "vessel" or "mediastinum" => 1,
        "diaphragm" or "abdomen" => 2,
        "bone" or "soft-tissue" => 3,
        "device" => 4,
        _ => 5,
    };

    private static bool TryPlace(Entity place, List<NounPhrase> findings, int maxPlaces)
    {
        foreach (var finding in findings)
        {
            var limit = finding.Head.Number == GrammaticalNumber.Count ? 1 : maxPlaces;
            if (!finding.Head.CanBeAt(place) || finding.Places.Count >= limit)
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
