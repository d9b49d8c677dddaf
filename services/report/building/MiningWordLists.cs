using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Building;

/// <summary>The word lists of <c>lexicon/mining.tsv</c>, normalised as the words of a text are.</summary>
internal static class MiningWordLists
{
    /// <summary>Words that are never part of a phrase and so end it.</summary>
    public static HashSet<string> PhraseBreaks { get; } = Load("break");

    /// <summary>Words of manner, side or time in front of a term, which do not belong to it.</summary>
    public static HashSet<string> Modifiers { get; } = Load("modifier");

    /// <summary>Words that a term can't end with.</summary>
    public static HashSet<string> NeverTermEndings { get; } = Load("dull");

    /// <summary>Words that may end a term but mean too little alone: <c>fullness</c>.</summary>
    public static HashSet<string> NeverWholeTerms { get; } = Load("vague");

    /// <summary>True for a word that looks like an adjective, adverb or participle: no noun phrase ends in it.</summary>
    public static bool CannotEndNounPhrase(string word) =>
        word.Length > 4 && _noNounEndings.Any(e => word.EndsWith(e, StringComparison.Ordinal));

    private static readonly string[] _noNounEndings = ["ed", "ly", "ous", "al", "ic", "ive", "able", "ible", "ary", "lar", "ized", "ose",
        "less", "ier"];

    private static HashSet<string> Load(string kind) => EmbeddedRuleFile.ReadLines(typeof(MiningWordLists).Assembly, "report/mining.tsv")
        .Select(line => line.Split('\t')).Where(c => c[0] == kind).SelectMany(c => SentenceTokenizer.NormalizedWords(c[1]))
        .ToHashSet(StringComparer.Ordinal);
}
