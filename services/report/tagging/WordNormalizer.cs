using System.Collections.Concurrent;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>A word as it is compared, and what it does in a sentence.</summary>
internal sealed record NormalizedWord(string Text, WordRoles Roles);

/// <summary>Words as they are compared: in lower case, in the singular, spelt as <c>lexicon/words.tsv</c> says.</summary>
internal static class WordNormalizer
{
    /// <summary>Words that were normalised before are kept, up to this many.</summary>
    private const int MaxKept = 20_000;

    private static readonly ConcurrentDictionary<string, NormalizedWord[]> _kept = new(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, NormalizedWord[]>.AlternateLookup<ReadOnlySpan<char>> _keptByLetters =
        _kept.GetAlternateLookup<ReadOnlySpan<char>>();

    private static int _keptCount;

    /// <summary>The word, or the words that an abbreviation stands for.</summary>
    /// <param name="lower">Its letters, in lower case and without apostrophes.</param>
    public static NormalizedWord[] Normalize(ReadOnlySpan<char> lower)
    {
        if (_keptByLetters.TryGetValue(lower, out var known))
            return known;
        var word = lower.ToString();
        known = [.. Spell(word).Select(w => new NormalizedWord(w, WordTable.Roles.GetValueOrDefault(w)))];
        if (_keptCount < MaxKept && _kept.TryAdd(word, known))
            Interlocked.Increment(ref _keptCount);
        return known;
    }

    /// <summary>Whether a word is read as another one.</summary>
    public static bool IsSpelling(ReadOnlySpan<char> lower) => WordTable.Spellings.ContainsKey(lower.ToString());

    /// <summary>A word in the singular, by the rules that most plurals follow.</summary>
    public static string Singular(string lower)
    {
        if (lower.EndsWith("thoraces", StringComparison.Ordinal))
            return string.Concat(lower.AsSpan(0, lower.Length - 3), "x");
        if (lower.Length > 4 && lower.EndsWith("ies", StringComparison.Ordinal))
            return string.Concat(lower.AsSpan(0, lower.Length - 3), "y");
        if (lower.Length > 4 && (lower.EndsWith("sses", StringComparison.Ordinal) || lower.EndsWith("xes", StringComparison.Ordinal)
            || lower.EndsWith("ches", StringComparison.Ordinal) || lower.EndsWith("shes", StringComparison.Ordinal)))
            return lower[..^2];
        return lower.Length > 3 && lower[^1] == 's' && lower[^2] is not ('s' or 'u' or 'i') ? lower[..^1] : lower;
    }

    private static string[] Spell(string lower)
    {
        if (WordTable.Spellings.TryGetValue(lower, out var known))
            return known;
        var word = Singular(lower);
        foreach (var (from, to) in WordTable.Parts)
            word = word.Replace(from, to, StringComparison.Ordinal);
        return WordTable.Spellings.TryGetValue(word, out known) ? known : [word];
    }
}
