using System.Collections.Frozen;

namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>The headings of <c>headings.tsv</c>, by their words.</summary>
internal static class HeadingTable
{
    /// <summary>The fewest letters of a word that is also read with one letter wrong, missing, doubled or swapped.</summary>
    private const int MinMisspeltLength = 7;

    /// <summary>The most "and"s in a heading; more are no heading, and a line of nothing else must not be read over and over.</summary>
    private const int MaxJoins = 3;

    private static readonly FrozenDictionary<string, HeadingKind> _kinds =
        EmbeddedRuleFile.ReadLines(typeof(HeadingTable).Assembly, "sections/headings.tsv").Select(l => l.Split('\t'))
            .ToFrozenDictionary(r => r[1], r => Enum.Parse<HeadingKind>(r[0]), StringComparer.Ordinal);

    private static readonly FrozenSet<string> _firstWords = _kinds.Keys.Select(p => p.Split(' ')[0]).ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] _misspelt =
        [.. _kinds.Keys.Where(p => p.Length >= MinMisspeltLength && !p.Contains(' ') && _kinds[p] != HeadingKind.Place)];

    private static readonly int _maxWords = _kinds.Keys.Max(p => p.Split(' ').Length);

    private static readonly FrozenSet<string> _placeWords = _kinds.Where(p => p.Value == HeadingKind.Place)
        .SelectMany(p => p.Key.Split(' ')).Except(["other", "additional", "findings"]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether one of the words names a place of the body.</summary>
    public static bool NamesPlace(string heading) => Words(heading, 0, heading.Length).Any(w => _placeWords.Contains(w.Word));

    /// <summary>The longest heading whose words begin at <paramref name="start"/>.</summary>
    /// <param name="text">The report.</param>
    /// <param name="start">Where a word begins.</param>
    /// <param name="lineEnd">Where its line ends.</param>
    /// <param name="found">Its kind, the end of its words, and whether it is read as a misspelt one.</param>
    public static bool TryMatch(string text, int start, int lineEnd, out (HeadingKind Kind, int End, bool Misspelt) found)
    {
        found = default;
        var phrase = "";
        var words = 0;
        var any = false;
        foreach (var (word, end) in Words(text, start, lineEnd))
        {
            if (words == 0 && !_firstWords.Contains(word))
                return TryMisspelt(word, end, out found);
            phrase = words++ == 0 ? word : phrase + ' ' + word;
            if (_kinds.TryGetValue(phrase, out var kind))
            {
                found = (kind, end, false);
                any = true;
            }

            if (words == _maxWords)
                break;
        }

        return any;
    }

    private static bool TryMisspelt(string word, int end, out (HeadingKind Kind, int End, bool Misspelt) found)
    {
        foreach (var known in word.Length >= MinMisspeltLength ? _misspelt : [])
        {
            if (IsOneEditAway(word, known))
            {
                found = (_kinds[known], end, true);
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>
    /// The words of a heading in lower case without "and", and where each ends; a mark other than those between words ends it.
    /// </summary>
    private static IEnumerable<(string Word, int End)> Words(string text, int start, int lineEnd)
    {
        var joins = 0;
        for (var at = start; at < lineEnd && joins <= MaxJoins;)
        {
            var end = at;
            while (end < lineEnd && char.IsLetterOrDigit(text[end]))
                end++;
            if (end == at)
                yield break;
            var word = text[at..end].ToLowerInvariant();
            if (word == "and")
                joins++;
            else
                yield return (word, end);
            at = end;
            while (at < lineEnd && (text[at] is '/' or '&' or '-' or ',' or '+' || char.IsWhiteSpace(text[at])))
                at++;
        }
    }

    /// <summary>One letter changed, added, left out, or two neighbours swapped (Damerau 1964).</summary>
    private static bool IsOneEditAway(string word, string known)
    {
        if (Math.Abs(word.Length - known.Length) > 1)
            return false;
        var head = word.AsSpan().CommonPrefixLength(known);
        var a = word.AsSpan(head);
        var b = known.AsSpan(head);
        if (a.Length == b.Length && a.Length >= 2 && a[0] == b[1] && a[1] == b[0] && a[2..].SequenceEqual(b[2..]))
            return true;
        return a.Length == b.Length ? a.Length > 0 && a[1..].SequenceEqual(b[1..])
            : a.Length > b.Length ? a[1..].SequenceEqual(b) : a.SequenceEqual(b[1..]);
    }
}
