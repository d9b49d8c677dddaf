using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Trainer.Captions;

/// <summary>
/// Samples entities of the shipped vocabulary that a source's labels imply, and nothing more. Sides and lobes are never named, because no
/// label tells them. Kermany's labels say nothing about the heart or the pleura, so no report of a Kermany image does; NIH's labellers
/// looked for all fourteen labels, so what is not named is absent.
/// </summary>
public static class LabelEntitySampler
{
    private const int MostFindings = 3, MostOfComplete = 6, Anatomy = 2;

    /// <summary>Probability that the disease is named, and that absent findings are named beside present ones.</summary>
    private const double Named = 0.5, Contrasted = 0.25;

    /// <summary>
    /// Kermany et al. 2018: normal lungs are clear; bacterial pneumonia is focal and lobar, viral diffuse and interstitial.
    /// </summary>
    private static readonly Dictionary<string, (string[] Present, string[] Absent)> _kermany = new(StringComparer.Ordinal)
    {
        ["normal"] = (
            ["non-abnormality/clear-lungs"],
            ["non-disease/pneumonia", "non-disease/bacterial-pneumonia", "non-disease/viral-pneumonia", "non-abnormality/consolidation",
                "non-abnormality/lobar-consolidation", "non-abnormality/airspace-opacity", "non-abnormality/focal-opacity",
                "non-abnormality/lung-opacity", "non-abnormality/infiltrate", "non-abnormality/interstitial-opacities",
                "non-abnormality/interstitial-pattern", "non-abnormality/diffuse-opacities"]),
        ["bacterial_pneumonia"] = (
            ["abnormality/consolidation", "abnormality/lobar-consolidation", "abnormality/airspace-opacity", "abnormality/focal-opacity",
                "disease/bacterial-pneumonia", "disease/pneumonia"],
            ["non-disease/viral-pneumonia", "non-abnormality/interstitial-pattern"]),
        ["viral_pneumonia"] = (
            ["abnormality/interstitial-opacities", "abnormality/interstitial-pattern", "abnormality/increased-interstitial-markings",
                "abnormality/diffuse-opacities", "disease/viral-pneumonia", "disease/pneumonia"],
            ["non-disease/bacterial-pneumonia", "non-abnormality/lobar-consolidation"]),
    };

    private static readonly Dictionary<string, string> _nih = new(StringComparer.Ordinal)
    {
        ["Atelectasis"] = "abnormality/atelectasis",
        ["Cardiomegaly"] = "abnormality/cardiomegaly",
        ["Consolidation"] = "abnormality/consolidation",
        ["Edema"] = "disease/pulmonary-edema",
        ["Effusion"] = "abnormality/pleural-effusion",
        ["Emphysema"] = "disease/emphysema",
        ["Fibrosis"] = "abnormality/fibrosis",
        ["Hernia"] = "disease/hiatal-hernia",
        ["Infiltration"] = "abnormality/infiltrate",
        ["Mass"] = "abnormality/lung-mass",
        ["Nodule"] = "abnormality/pulmonary-nodule",
        ["Pleural_Thickening"] = "abnormality/pleural-thickening",
        ["Pneumonia"] = "disease/pneumonia",
        ["Pneumothorax"] = "abnormality/pneumothorax",
    };

    /// <summary>Structures that every frontal radiograph shows.</summary>
    private static readonly string[] _visibleStructures =
        ["anatomy/lungs", "anatomy/heart", "anatomy/mediastinum", "anatomy/hila", "anatomy/diaphragm", "anatomy/bony-thorax",
            "anatomy/thorax", "anatomy/ribs", "anatomy/spine", "anatomy/soft-tissues", "anatomy/trachea", "anatomy/cardiac-silhouette"];

    /// <summary>
    /// One to three findings that hold, any number of them present, and two structures: what a data set's plan asks for too. Now and
    /// then all of them are absent: a model that met "no pneumonia" only beside "clear lungs" would learn nothing from it. Not so where
    /// the label is one of two kinds of a disease: if "no viral pneumonia" stood beside as many bacterial images as "viral pneumonia"
    /// beside viral ones, a small model would take the word for its opposite. Null for an image whose labels are not known.
    /// </summary>
    public static IReadOnlyList<string>? Sample(TrainingImage image, RandomSource random)
    {
        var (present, absent) = FindingsOf(image);
        var kind = image.Source == "kermany" && image.Labels[0] is "bacterial_pneumonia" or "viral_pneumonia"
            ? "disease/" + image.Labels[0].Replace('_', '-') : null;
        return present.Count + absent.Count < MostFindings ? null : Sample(present, absent, kind, random);
    }

    /// <inheritdoc cref="Sample(TrainingImage, RandomSource)"/>
    public static IReadOnlyList<string>? Sample(Study study, RandomSource random)
    {
        var (present, absent) = StudyFindingMapping.ToEntities(study, _kermany, _nih);
        if (StudyFindingMapping.HasCompleteLabels(study))
            return [.. SampleComplete(present, absent, random).Select(e => e.Id), .. SampleStructures(random)];
        var kind = study.Labels is ["bacterial pneumonia" or "viral pneumonia"] ? "disease/" + study.Labels[0].Replace(' ', '-') : null;
        return present.Count + absent.Count == 0 ? null : Sample(present, absent, kind, random);
    }

    /// <param name="kind">The disease, where the image is of one of two kinds of it; else null.</param>
    private static string[] Sample(List<string> present, List<string> absent, string? kind, RandomSource random)
    {
        var count = 1 + random.NextInt(MostFindings);
        var findings = new List<Entity>();
        if (kind is not null && random.NextBool(Named))
            findings.Add(FindEntity(kind));
        AddConsistent(findings, present, Math.Max(kind is null ? 0 : 1, Math.Min(present.Count, random.NextInt(count + 1))), random);
        if (kind is null || random.NextBool(Contrasted))
            AddConsistent(findings, absent, count, random);
        AddConsistent(findings, present, count, random);
        return [.. findings.Select(e => e.Id), .. SampleStructures(random)];
    }

    /// <summary>
    /// As a report of a radiograph that was looked at for every label: all that is present, which no report leaves out, and of what is
    /// absent as much as the reader of 48 pieces still takes in.
    /// </summary>
    private static List<Entity> SampleComplete(List<string> present, List<string> absent, RandomSource random)
    {
        var findings = new List<Entity>();
        AddConsistent(findings, present, MostOfComplete, random);
        AddConsistent(findings, absent, MostOfComplete, random);
        return findings;
    }

    private static IEnumerable<string> SampleStructures(RandomSource random) =>
        random.Permutation(_visibleStructures.Length).Take(Anatomy).Select(i => _visibleStructures[i]);

    private static (List<string> Present, List<string> Absent) FindingsOf(TrainingImage image)
    {
        if (image.Source == "kermany" && _kermany.TryGetValue(image.Labels[0], out var sides))
            return ([.. sides.Present], [.. sides.Absent]);
        if (image.Source != "nih")
            return ([], []);
        var present = image.Labels.Where(_nih.ContainsKey).Select(l => _nih[l]).ToList();
        return (present, [.. _nih.Values.Except(present).Select(id => "non-" + id)]);
    }

    private static void AddConsistent(List<Entity> taken, List<string> pool, int upTo, RandomSource random)
    {
        foreach (var i in random.Permutation(pool.Count))
        {
            if (taken.Count >= upTo)
                return;
            var entity = FindEntity(pool[i]);
            if (taken.TrueForAll(t => t.Id != entity.Id && t.Concept != entity.Concept && !t.Contradicts(entity)))
                taken.Add(entity);
        }
    }

    private static Entity FindEntity(string id) => EntityVocabulary.Shipped.TryGet(id, out var entity)
        ? entity
        : throw new InvalidOperationException($"'{id}' is not in the shipped vocabulary");
}
