using System.Collections.Frozen;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// Tells columns of findings from others that hold 0 and 1 too: what the person is or does, how the image was taken, where it lies, and
/// how the table is kept.
/// </summary>
internal static partial class FindingColumnRule
{
    private static readonly FrozenSet<string> _notFindings = new[]
    {
        // the person
        "age", "sex", "gender", "male", "female", "smoker", "smoking", "smoked", "tobacco", "alcohol", "pregnant", "pregnancy", "race",
        "ethnicity", "weight", "height", "bmi", "pediatric", "child", "adult", "insurance", "language", "birth", "hypertension", "diabetes",
        "obesity", "fever", "cough", "vaccinated", "symptomatic", "symptoms", "temperature", "saturation", "medication", "hiv",
        // what became of them
        "outcome", "death", "died", "dead", "deceased", "alive", "survival", "survived", "mortality", "icu", "admitted", "admission",
        "discharged", "discharge", "intubated", "intubation", "ventilated", "ventilation", "inpatient", "outpatient", "offset",
        // how the image was taken
        "view", "position", "projection", "portable", "supine", "erect", "modality", "manufacturer",
        "scanner", "detector", "inverted", "rotated", "photometric", "pixel", "pixels", "bits", "rows", "columns",
        "width", "exposure", "quality", "contrast", "protocol", "dicom", "orientation",
        // where it lies, and how the table is kept
        "id", "ids", "uid", "index", "idx", "number", "num", "no.", "count", "dir", "directory", "folder", "path", "file", "filename",
        "image", "url", "date", "year", "month", "day", "time", "timepoint", "visit", "followup", "follow", "study", "series", "accession",
        "patient", "subject", "hospital", "site", "center", "centre", "institution", "source", "dataset", "cohort", "license", "licence",
        "split", "fold", "train", "training", "valid", "validation", "val", "test",
        "rater", "reader", "radiologist", "annotator", "rad", "reviewed",
        "verified", "duplicate", "version", "row", "usable", "exclude", "excluded",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Words that are views where nothing else stands beside them, and places or vessels where it does: "Enlarged PA".</summary>
    private static readonly string[] _views = ["ap", "pa", "frontal", "lateral"];

    private static readonly FrozenSet<string> _known = EntityVocabulary.Shipped.Entities
        .Where(e => e.Type is EntityType.Abnormality or EntityType.Disease)
        .SelectMany(e => e.Synonyms.Append(e.Term)).Concat(ChexpertColumns.Findings).Concat(["normal"])
        .Select(LabelNormaliser.Normalise).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether the vocabulary, or CheXpert's labeller, has a finding of that name.</summary>
    public static bool IsKnown(string column) => _known.Contains(LabelNormaliser.Normalise(column));

    /// <summary>Whether a column of answers is taken for a finding.</summary>
    public static bool IsFinding(string column)
    {
        string[] words = [.. Words().Matches(column).Select(w => w.Value.ToLowerInvariant())];
        return IsKnown(column) || !(words.Any(_notFindings.Contains) || words.All(_views.Contains));
    }

    /// <summary>The words of a name, in any way of joining them: image_dir, ImageDir, image dir, IMAGE.</summary>
    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")]
    private static partial Regex Words();
}
