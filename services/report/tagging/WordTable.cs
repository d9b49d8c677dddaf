using System.Collections.Frozen;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>The words of <c>lexicon/words.tsv</c>, by kind.</summary>
internal static class WordTable
{
    private static readonly ILookup<string, string[]> _rows = EmbeddedRuleFile.ReadLines(typeof(WordTable).Assembly, "report/words.tsv")
        .Select(line => line.Split('\t')).ToLookup(cells => cells[0], StringComparer.Ordinal);

    /// <summary>Characters that are read as other ones: ligatures and full-width marks.</summary>
    public static FrozenDictionary<char, string> Characters { get; } =
        _rows["Mark"].Concat(_rows["Letter"]).ToFrozenDictionary(r => r[1][0], r => r[2]);

    /// <summary>Words that are read as one or more others.</summary>
    public static FrozenDictionary<string, string[]> Spellings { get; } =
        _rows["Spelling"].ToFrozenDictionary(
            r => r[1], string[] (r) => [.. r[2].Split(' ').Select(WordNormalizer.Singular)], StringComparer.Ordinal);

    /// <summary>Letters inside a word that are read as others.</summary>
    public static IReadOnlyList<(string From, string To)> Parts { get; } = [.. _rows["Part"].Select(r => (r[1], r[2]))];

    /// <summary>Words whose period never ends a sentence.</summary>
    public static FrozenSet<string> Titles { get; } = Words("Title");

    /// <summary>Words whose period ends a sentence only before a capital.</summary>
    public static FrozenSet<string> Abbreviations { get; } = Words("Abbreviation");

    /// <summary>What a word does in a sentence, by the word as it is read.</summary>
    public static FrozenDictionary<string, WordRoles> Roles { get; } = Enum.GetValues<WordRoles>()
        .SelectMany(role => _rows[role.ToString()].Select(r => (Word: r[1], Role: role))).GroupBy(r => r.Word, StringComparer.Ordinal)
        .ToFrozenDictionary(g => g.Key, g => g.Aggregate(WordRoles.None, (roles, r) => roles | r.Role), StringComparer.Ordinal);

    private static FrozenSet<string> Words(string kind) => _rows[kind].Select(r => r[1]).ToFrozenSet(StringComparer.Ordinal);
}
