namespace SynCxr.Mesh.Report.Tagging;

/// <summary>An index of phrases by their normalised words, which finds the longest phrase at a position of a sentence.</summary>
internal sealed class PhraseIndex<T>
    where T : class
{
    private readonly Dictionary<string, List<(string[] Words, T Value)>> _byFirst = new(StringComparer.Ordinal);

    /// <summary>Adds a phrase; for words that are already in the index, the earlier value is kept and returned.</summary>
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
        var insertAt = list.FindIndex(p => p.Words.Length < words.Length);
        list.Insert(insertAt < 0 ? list.Count : insertAt, (words, made));
        return made;
    }

    /// <summary>The longest phrase at <paramref name="position"/>: its value, the position after it and its number of words.</summary>
    public bool TryMatch(ReadOnlySpan<ReportToken> tokens, int position, out T value, out int end, out int words)
    {
        if (_byFirst.TryGetValue(tokens[position].Normalized, out var list))
        {
            foreach (var (phrase, found) in list)
            {
                if (Matches(tokens, position, phrase, out end))
                {
                    value = found;
                    words = phrase.Length;
                    return true;
                }
            }
        }

        value = null!;
        end = position;
        words = 0;
        return false;
    }

    private static bool Matches(ReadOnlySpan<ReportToken> tokens, int position, string[] phrase, out int end)
    {
        end = position + 1;
        for (var w = 1; w < phrase.Length; w++)
        {
            while (end < tokens.Length && tokens[end].Is(WordRoles.Transparent) && tokens[end].Normalized != phrase[w])
                end++;
            if (end >= tokens.Length || tokens[end].Normalized != phrase[w])
                return false;
            end++;
        }

        return true;
    }
}
