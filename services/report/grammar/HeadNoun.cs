using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

internal enum GrammaticalNumber
{
    Mass,
    Count,
    Plural,
}

/// <summary>How sentences speak of a finding, which the last words of its term decide: a row of <c>grammar/heads.tsv</c>.</summary>
/// <param name="Number">Decides on the article and the verb.</param>
/// <param name="Grades">Words for its amount or size; <c>mildly</c> stands before an adjective.</param>
/// <param name="Sides">adjective: left, right or bilateral; bilateral: that only; toward: to the left; inside: before the noun;
/// none.</param>
/// <param name="Places">Where it can be: groups of places, or <c>=concept</c> for one place.</param>
/// <param name="Kind">finding, disease, device, contour (an organ that looks different) or history (something done).</param>
internal sealed record HeadNoun(GrammaticalNumber Number, IReadOnlyList<string> Grades, string Sides, IReadOnlyList<string> Places,
    string Kind)
{
    private static readonly Dictionary<string, HeadNoun> _bySuffix = Load();

    /// <summary>The head noun of a wording; one that the table lacks is derived from the wording and the entity's group.</summary>
    public static HeadNoun ForWording(Entity entity, string wording)
    {
        if (_bySuffix.TryGetValue(wording, out var whole))
            return whole;
        var words = wording.Split(" of ", 2)[0].Split(' ');
        for (var from = 0; from < words.Length; from++)
        {
            if (_bySuffix.TryGetValue(string.Join(' ', words[from..]), out var head))
                return head;
        }

        var number = LooksPlural(words[^1]) ? GrammaticalNumber.Plural : entity.Type is EntityType.Disease or EntityType.NonDisease
            ? GrammaticalNumber.Mass : GrammaticalNumber.Count;
        var kind = entity.Group == "device" ? "device" : entity.Type is EntityType.Disease or EntityType.NonDisease ? "disease" : "finding";
        return new HeadNoun(number, [], "none", entity.Group is "lung" or "bone" ? [entity.Group] : [], kind);
    }

    /// <summary>True when the table holds the last word of a wording, so that the wording can stand as a noun.</summary>
    public static bool KnowsNoun(string wording) => _bySuffix.ContainsKey(wording[(wording.LastIndexOf(' ') + 1)..]);

    /// <summary>True for <c>lungs</c> and <c>hila</c>, false for <c>thorax</c> and <c>humerus</c>.</summary>
    public static bool LooksPlural(string word) =>
        word is "hila" or "apices" or "bronchi" or "axillae" or "sulci" or "bullae"
            || (word.Length > 3 && word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i'));

    /// <summary>True when the finding can be at a place.</summary>
    public bool CanBeAt(Entity place) => Places.Contains(place.Group) || Places.Contains("=" + place.Concept);

    private static Dictionary<string, HeadNoun> Load()
    {
        var rows = new Dictionary<string, HeadNoun>(StringComparer.Ordinal);
        foreach (var line in EmbeddedRuleFile.ReadLines(typeof(HeadNoun).Assembly, "report/heads.tsv"))
        {
            var cells = line.Split('\t');
            if (cells.Length != 6 || !Enum.TryParse<GrammaticalNumber>(cells[1], true, out var number))
                throw new FormatException($"heads.tsv: '{line}' must have 6 columns, the second of them mass, count or plural.");
            var head = new HeadNoun(number, SplitCell(cells[2], ';'), cells[3], cells[4] == "none" ? [] : SplitCell(cells[4], ','),
                cells[5]);
            foreach (var suffix in cells[0].Split(';'))
                rows[suffix] = head;
        }

        return rows;
    }

    private static string[] SplitCell(string cell, char separator) => cell.Length == 0 ? [] : cell.Split(separator);
}
