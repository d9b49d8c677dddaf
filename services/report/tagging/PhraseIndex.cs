namespace SynCxr.Mesh.Report.Tagging;

/// <summary>Phrases by their normalised words; the longest one that stands at a position is found.</summary>
internal sealed class PhraseIndex<T>
    where T : class
{
    /// <summary>Words that may stand inside a phrase without breaking it: <c>elevation of [the right] hemidiaphragm</c>.</summary>
    private static readonly HashSet<string> Transparent = new(StringComparer.Ordinal) { "the", "a", "an", "left", "right", "bilateral",
        "both" };

    private readonly Dictionary<string, List<(string[] Words, T Value)>> _byFirst = new(StringComparer.Ordinal);

    /// <summary>Adds a phrase; the value that was there for the same words stays and is returned.</summary>
    public T GetOrAdd(string phrase, Func<T> make)
    {
        var words = SentenceTokenizer.NormalizedWords(phrase);
        if (words.Length == 0)
            return make();
        if (!_byFirst.TryGetValue(words[0], out var list))
            _byFirst[words[0]] = list = [];
        foreach (var (known, value) in list)
        {
            if (known.AsSpan().SequenceEqual(words))
                return value;
        }

        var made = make();
        var place = list.FindIndex(p => p.Words.Length < words.Length);
        list.Insert(place < 0 ? list.Count : place, (words, made));
        return made;
    }

    /// <summary>The longest phrase at <paramref name="at"/>: its value, the position after it and its number of words.</summary>
    public bool TryMatch(ReadOnlySpan<ReportToken> tokens, int at, out T value, out int end, out int words)
    {
        if (_byFirst.TryGetValue(tokens[at].Normalized, out var list))
        {
            foreach (var (phrase, found) in list)
            {
                if (Matches(tokens, at, phrase, out end))
                {
                    (value, words) = (found, phrase.Length);
                    return true;
                }
            }
        }

        (value, end, words) = (null!, at, 0);
        return false;
    }

    private static bool Matches(ReadOnlySpan<ReportToken> tokens, int at, string[] phrase, out int end)
    {
        end = at + 1;
        for (var w = 1; w < phrase.Length; w++)
        {
            while (end < tokens.Length && tokens[end].Normalized != phrase[w] && Transparent.Contains(tokens[end].Normalized))
                end++;
            if (end >= tokens.Length || tokens[end].Normalized != phrase[w])
                return false;
            end++;
        }

        return true;
    }
}
