using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>Rules of English that every sentence needs: articles, verbs, plurals, lists, prepositions.</summary>
internal static class EnglishWording
{
    private static readonly HashSet<string> _acronyms = new(StringComparer.OrdinalIgnoreCase)
    {
        "et", "ett", "ng", "og", "picc", "icd", "aicd", "cabg", "vp", "svc", "ivc", "copd", "chf", "lvad", "iabp", "ecmo", "covid", "tb",
        "ggo", "tavr", "ards", "ild", "cad", "cvc", "ij", "ekg", "ecg", "ac", "dish",
    };

    /// <summary>The text with known acronyms in capitals.</summary>
    public static string WithAcronyms(string text) => string.Join(' ', text.Split(' ').Select(word =>
    {
        var letters = word.TrimEnd('.', ',', ';').Split('-')[0];
        return _acronyms.Contains(letters) ? letters.ToUpperInvariant() + word[letters.Length..] : word;
    }));

    public static string ArticleFor(string noun) => noun.Length > 0 && "aeiou".Contains(noun[0], StringComparison.Ordinal) ? "an " : "a ";

    /// <summary><c>is</c> or <c>are</c> for a finding in the wording of its term, as lists of absent findings have it.</summary>
    public static string VerbFor(Entity finding) => HeadNoun.ForWording(finding, finding.Term).Number == GrammaticalNumber.Plural
        ? "are" : "is";

    public static string Capitalize(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary><c>a</c>, <c>a or b</c>, <c>a, b, or c</c>.</summary>
    public static string JoinList(IReadOnlyList<string> items, string joiner) => items.Count switch
    {
        0 => "",
        1 => items[0],
        2 => $"{items[0]} {joiner} {items[1]}",
        _ => $"{string.Join(", ", items.Take(items.Count - 1))}, {joiner} {items[^1]}",
    };

    public static string Pluralize(string noun)
    {
        if (noun.EndsWith("thorax", StringComparison.Ordinal))
            return noun[..^1] + "ces";
        if (noun.EndsWith("bulla", StringComparison.Ordinal))
            return noun + "e";
        if (noun.EndsWith('y') && noun.Length > 1 && !"aeiou".Contains(noun[^2], StringComparison.Ordinal))
            return noun[..^1] + "ies";
        return noun.EndsWith('s') || noun.EndsWith('x') || noun.EndsWith("ch", StringComparison.Ordinal) ? noun + "es" : noun + "s";
    }

    /// <summary>The preposition between a finding and its place: in a lobe, at a base, of a bone.</summary>
    public static string PrepositionFor(Entity place, Entity finding) => place.Group switch
    {
        "lung" when place.Term.Contains("base", StringComparison.Ordinal) || place.Term.Contains("ap", StringComparison.Ordinal) => "at",
        "lung" => "in",
        "bone" or "vessel" or "heart" when finding.Group != "device" => "of",
        "bone" or "soft-tissue" when finding.Group == "device" => "over",
        "pleura" when place.Term.Contains("space", StringComparison.Ordinal) => "in",
        "pleura" => "at",
        "diaphragm" when finding.Group == "abdomen" => "under",
        "diaphragm" => "along",
        _ => "in",
    };
}
