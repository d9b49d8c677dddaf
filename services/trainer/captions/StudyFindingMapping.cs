using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Trainer.Captions;

/// <summary>Maps a study's labels to entities of the shipped vocabulary.</summary>
internal static class StudyFindingMapping
{
    /// <summary>Sources whose labellers looked for every label: a label that is not named is absent.</summary>
    private static readonly string[] _complete = ["nih"];

    private static readonly string[] _healthy = ["normal", "no finding"];

    private static readonly Dictionary<string, string> _terms = EntityVocabulary.Shipped.Entities
        .Where(e => e.Type is EntityType.Abnormality or EntityType.Disease)
        .SelectMany(e => e.Synonyms.Append(e.Term).Select(t => (Term: t.ToLowerInvariant(), e.Id)))
        .DistinctBy(t => t.Term).ToDictionary(t => t.Term, t => t.Id, StringComparer.Ordinal);

    /// <summary>Whether a label that the study does not name is known to be absent.</summary>
    public static bool HasCompleteLabels(Study study) => _complete.Contains(study.Source);

    /// <summary>What a source says is absent, where that is all that it says.</summary>
    private static List<string> FindAbsent(Study study, Dictionary<string, string> known) =>
        [.. study.Negative.Select(l => known.GetValueOrDefault(l) ?? _terms.GetValueOrDefault(l)).OfType<string>().Select(id => "non-" + id)
            .Where(id => EntityVocabulary.Shipped.TryGet(id, out _)).Distinct(StringComparer.Ordinal)];

    /// <summary>Findings that are present, and findings that are known to be absent.</summary>
    /// <param name="study">A study with labels.</param>
    /// <param name="kermany">The entities of Kermany's three labels.</param>
    /// <param name="nih">NIH's fourteen labels, as entities.</param>
    public static (List<string> Present, List<string> Absent) ToEntities(
        Study study, IReadOnlyDictionary<string, (string[] Present, string[] Absent)> kermany, IReadOnlyDictionary<string, string> nih)
    {
        if (study.Labels is [var only]
            && kermany.FirstOrDefault(k => LabelNormaliser.Normalise(k.Key) == only).Value is { Present: not null } sides
            && !HasCompleteLabels(study))
            return ([.. sides.Present], [.. sides.Absent]);
        var known = nih.ToDictionary(n => LabelNormaliser.Normalise(n.Key), n => n.Value, StringComparer.Ordinal);
        var present = study.Findings.Select(l => known.GetValueOrDefault(l) ?? _terms.GetValueOrDefault(l)).OfType<string>()
            .Distinct(StringComparer.Ordinal).ToList();
        if (HasCompleteLabels(study))
            return (present,
                [.. known.Where(k => !study.Uncertain.Contains(k.Key)).Select(k => k.Value).Except(present).Select(id => "non-" + id)]);
        if (present.Count == 0 && (study.IsNormal || study.Labels.Any(_healthy.Contains)))
            return ([.. kermany["normal"].Present], []);
        return (present, present.Count > 0 ? [] : FindAbsent(study, known));
    }
}
