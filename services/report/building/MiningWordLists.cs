using SynCxr.Mesh.Report.Tagging;

namespace SynCxr.Mesh.Report.Building;

/// <summary>The word lists of <c>lexicon/mining.tsv</c>, as the text's words read after normalising.</summary>
internal static class MiningWordLists
{
    /// <summary>Words that end a phrase.</summary>
    public static HashSet<string> PhraseBreaks { get; } = Load("break");

    /// <summary>Words that say how, where or when, and are no part of a term.</summary>
    public static HashSet<string> Modifiers { get; } = Load("modifier");

    /// <summary>Words that no term ends with.</summary>
    public static HashSet<string> NeverTermEndings { get; } = Load("dull");

    /// <summary>Words that are no term on their own but may end one: <c>fullness</c>.</summary>
    public static HashSet<string> NeverWholeTerms { get; } = Load("vague");

    /// <summary>True for a word that looks like an adjective, adverb or participle, which ends no noun phrase.</summary>
    public static bool CannotEndNounPhrase(string word) =>
        word.Length > 4 && NoNounEndings.Any(e => word.EndsWith(e, StringComparison.Ordinal));

    private static readonly string[] NoNounEndings = ["ed", "ly", "ous", "al", "ic", "ive", "able", "ible", "ary", "lar", "ized", "ose",
        "less", "ier"];

    private static HashSet<string> Load(string kind) => EmbeddedRuleFile.ReadLines("mining.tsv")
        .Select(line => line.Split('\t')).Where(c => c[0] == kind).SelectMany(c => SentenceTokenizer.NormalizedWords(c[1]))
        .ToHashSet(StringComparer.Ordinal);
}
