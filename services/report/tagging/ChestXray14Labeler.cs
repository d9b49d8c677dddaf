namespace SynCxr.Mesh.Report.Tagging;

/// <summary>The 14 labels of ChestX-ray14 from the mentions of a report, by the mapping of <c>lexicon/labels.tsv</c>.</summary>
public static class ChestXray14Labeler
{
    private static readonly List<(string Label, HashSet<string> Concepts, bool CountsDoubt)> Rows =
    [
        .. EmbeddedRuleFile.ReadLines("labels.tsv").Select(line => line.Split('\t'))
            .Select(c => (c[0], c[1].Split(';').ToHashSet(StringComparer.Ordinal), c[2] == "yes")),
    ];

    /// <summary>The labels, in the order of the public tables.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Rows.Select(r => r.Label)];

    /// <summary>The labels that hold for a report.</summary>
    public static IReadOnlySet<string> LabelsOf(IEnumerable<Mention> mentions)
    {
        var positive = mentions.Where(m => m.Certainty != Certainty.Absent).ToList();
        return Rows
            .Where(r => positive.Exists(m => r.Concepts.Contains(m.Concept) && (r.CountsDoubt || m.Certainty == Certainty.Present)))
            .Select(r => r.Label).ToHashSet(StringComparer.Ordinal);
    }
}
