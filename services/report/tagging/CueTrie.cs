namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// Cues by their words: the longest at a position of a sentence. Words of kind Filler may stand between those of a cue; <c>...</c> stands
/// for up to six words without a mark, <c>^</c> for the begin of the sentence, <c>$</c> for its end or a mark.
/// </summary>
internal sealed class CueTrie
{
    private const int MaxGapWords = 6, MaxFillers = 3;
    private readonly Node _root = new();

    /// <summary>Adds a cue; one with the same words that was added before is kept.</summary>
    public void Add(IEnumerable<string> words, CueKind kind)
    {
        var node = _root;
        foreach (var word in words)
        {
            if (!node.Next.TryGetValue(word, out var next))
                node.Next[word] = next = new Node();
            node = next;
        }

        node.Kind ??= kind;
    }

    /// <summary>The longest cue that begins at <paramref name="start"/>; of two that end together the one with fewer fillers.</summary>
    public bool TryMatch(ReadOnlySpan<ReportToken> tokens, int start, out CueMatch match)
    {
        var best = new CueMatch(default, start, start);
        if (_root.Next.TryGetValue(tokens[start].Normalized, out var first))
            Follow(first, tokens, start + 1, 0, ref best);
        if (start == 0 && _root.Next.TryGetValue("^", out var begin) && begin.Next.TryGetValue(tokens[0].Normalized, out first))
            Follow(first, tokens, 1, 0, ref best);
        match = best;
        return best.End > start;
    }

    /// <summary>Goes on behind the words of a node, which end at <paramref name="at"/> less the fillers behind them.</summary>
    private static void Follow(Node node, ReadOnlySpan<ReportToken> tokens, int at, int fillers, ref CueMatch best, bool isFiller = false)
    {
        if (!isFiller && node.Kind is { } kind && at > best.End)
            best = new CueMatch(kind, best.Start, at);
        var isEnd = at >= tokens.Length || !tokens[at].IsWord;
        if (isEnd && at >= best.End && node.Next.TryGetValue("$", out var last))
            best = new CueMatch(last.Kind!.Value, best.Start, at);
        if (at >= tokens.Length || node.Next.Count == 0)
            return;
        if (node.Next.TryGetValue(tokens[at].Normalized, out var next))
            Follow(next, tokens, at + 1, fillers, ref best);
        if (fillers < MaxFillers && tokens[at].Is(WordRoles.Filler))
            Follow(node, tokens, at + 1, fillers + 1, ref best, isFiller: true);
        if (!node.Next.TryGetValue("...", out var gap))
            return;
        for (var to = at; to <= at + MaxGapWords && to < tokens.Length && tokens[to].IsWord; to++)
        {
            if (gap.Next.TryGetValue(tokens[to].Normalized, out next))
                Follow(next, tokens, to + 1, fillers, ref best);
        }
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Next { get; } = new(StringComparer.Ordinal);

        public CueKind? Kind { get; set; }
    }
}
