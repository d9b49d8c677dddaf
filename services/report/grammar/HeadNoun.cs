using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

internal enum GrammaticalNumber
{
    Mass,
    Count,
    Plural,
}

/// <summary>How a finding is spoken of, by the last words of its term: a row of <c>grammar/heads.tsv</c>.</summary>
/// <param name="Number">Whether it takes an article and which verb.</param>
/// <param name="Grades">Words for how much of it or how large; <c>mildly</c> stands before an adjective.</param>
/// <param name="Sides">adjective: left, right or bilateral; bilateral: that only; toward: to the left; inside: before the noun;
/// none.</param>
/// <param name="Places">Groups of places, or <c>=concept</c>, where it can be.</param>
/// <param name="Kind">finding, disease, device, contour (an organ that looks different) or history (something done).</param>
internal sealed record HeadNoun(GrammaticalNumber Number, IReadOnlyList<string> Grades, string Sides, IReadOnlyList<string> Places,
    string Kind)
{
    private static readonly Dictionary<string, HeadNoun> Rows = Load();

    /// <summary>The head of an entity; one that the table does not know is described from its wording and group.</summary>
    public static HeadNoun ForWording(Entity entity, string wording)
    {
        if (Rows.TryGetValue(wording, out var whole))
            return whole;
        var words = wording.Split(" of ", 2)[0].Split(' ');
        for (var from = 0; from < words.Length; from++)
        {
            if (Rows.TryGetValue(string.Join(' ', words[from..]), out var head))
                return head;
        }

        var number = LooksPlural(words[^1]) ? GrammaticalNumber.Plural : entity.Type is EntityType.Disease or EntityType.NonDisease
            ? GrammaticalNumber.Mass : GrammaticalNumber.Count;
        var kind = entity.Group == "device" ? "device" : entity.Type is EntityType.Disease or EntityType.NonDisease ? "disease" : "finding";
        return new HeadNoun(number, [], "none", entity.Group is "lung" or "bone" ? [entity.Group] : [], kind);
    }

    /// <summary>True when the table knows the last word of a wording, so that it can stand as a noun.</summary>
    public static bool KnowsNoun(string wording) => Rows.ContainsKey(wording[(wording.LastIndexOf(' ') + 1)..]);

    /// <summary>True for <c>lungs</c> and <c>hila</c>, false for <c>thorax</c> and <c>humerus</c>.</summary>
    public static bool LooksPlural(string word) =>
        word is "hila" or "apices" or "bronchi" or "axillae" or "sulci" or "bullae"
            || (word.Length > 3 && word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i'));

    /// <summary>Whether the finding can be at a place.</summary>
    public bool CanBeAt(Entity place) => Places.Contains(place.Group) || Places.Contains("=" + place.Concept);

    private static Dictionary<string, HeadNoun> Load()
    {
        var rows = new Dictionary<string, HeadNoun>(StringComparer.Ordinal);
        foreach (var line in EmbeddedRuleFile.ReadLines("heads.tsv"))
        {
            var cells = line.Split('\t');
            if (cells.Length != 6 || !Enum.TryParse<GrammaticalNumber>(cells[1], true, out var number))
                throw new FormatException($"heads.tsv: '{line}' has not the 6 columns");
            var head = new HeadNoun(number, SplitCell(cells[2], ';'), cells[3], cells[4] == "none" ? [] : SplitCell(cells[4], ','),
                cells[5]);
            foreach (var suffix in cells[0].Split(';'))
                rows[suffix] = head;
        }

        return rows;
    }

    private static string[] SplitCell(string cell, char by) => cell.Length == 0 ? [] : cell.Split(by);
}
