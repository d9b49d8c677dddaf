using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>Derives the 14 labels of ChestX-ray14 from the mentions of a report, by the rules of <c>lexicon/labels.tsv</c>.</summary>
public static class ChestXray14Labeler
{
    private static readonly List<(string Label, HashSet<string> Concepts, bool CountsUncertain)> _rules =
    [
        .. EmbeddedRuleFile.ReadLines(typeof(ChestXray14Labeler).Assembly, "report/labels.tsv").Select(line => line.Split('\t'))
            .Select(c => (c[0], c[1].Split(';').ToHashSet(StringComparer.Ordinal), c[2] == "yes")),
    ];

    /// <summary>The 14 labels, in the order of the public tables.</summary>
    public static IReadOnlyList<string> All { get; } = [.. _rules.Select(r => r.Label)];

    /// <summary>The labels of a report with these mentions.</summary>
    public static IReadOnlySet<string> LabelsOf(IEnumerable<Mention> mentions)
    {
        var notAbsent = mentions.Where(m => m.Certainty != Certainty.Absent).ToList();
        return _rules
            .Where(r => notAbsent.Exists(m => r.Concepts.Contains(m.Concept)
                && (r.CountsUncertain || m.IsProbable || m.Certainty == Certainty.Present)))
            .Select(r => r.Label).ToHashSet(StringComparer.Ordinal);
    }
}
