using System.Text;

namespace SynCxr.Mesh.Models.Text;

/// <summary>
/// SentencePiece's unigram model (Kudo 2018): of all ways to make a word of pieces, the one with the highest sum of their scores. A
/// character without a piece of its own is unknown, ten below the lowest score; unknown neighbours are one piece.
/// </summary>
internal sealed class UnigramModel : IPieceModel
{
    private const double UnknownPenalty = 10;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _longest;

    /// <param name="pieces">The pieces by id, with the logarithms of their probabilities. Of two that are equal the later one
    /// counts.</param>
    public UnigramModel(IReadOnlyList<(string Piece, double Score)> pieces, int unknown)
    {
        foreach (var (id, (piece, _)) in pieces.Index())
            _ids[piece] = id;
        _scores = [.. pieces.Select(piece => piece.Score)];
        _unknownScore = _scores.Min() - UnknownPenalty;
        _longest = pieces.Max(piece => piece.Piece.Length);
        UnknownId = unknown;
    }

    public IReadOnlyDictionary<string, int> Vocabulary => _ids;

    public int UnknownId { get; }

    public string ContinuationMark => "";

    public IReadOnlyList<WordPart> Split(string word)
    {
        var best = FindBestPaths(word);
        var parts = new List<WordPart>();
        for (var end = word.Length; end > 0; end = best[end].Start)
        {
            var part = new WordPart(best[end].Id, end - best[end].Start);
            if (part.Id == UnknownId && parts.Count > 0 && parts[^1].Id == UnknownId)
                parts[^1] = parts[^1] with { Length = parts[^1].Length + part.Length };
            else
                parts.Add(part);
        }
        parts.Reverse();
        return parts;
    }

    /// <summary>For each place of the word, from where the best path reaches it and with which piece.</summary>
    private Node[] FindBestPaths(string word)
    {
        var pieces = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var best = new Node[word.Length + 1];
        for (var start = 0; start < word.Length;)
        {
            Rune.DecodeFromUtf16(word.AsSpan(start), out _, out var width);
            var hasOwnPiece = false;
            for (var length = width; length <= Math.Min(_longest, word.Length - start); length++)
            {
                if (!pieces.TryGetValue(word.AsSpan(start, length), out var id))
                    continue;
                Offer(best, start, length, id, _scores[id]);
                hasOwnPiece |= length == width;
            }
            if (!hasOwnPiece)
                Offer(best, start, width, UnknownId, _unknownScore);
            start += width;
        }
        return best;
    }

    private static void Offer(Node[] best, int start, int length, int id, double score)
    {
        var total = best[start].Score + score;
        ref var node = ref best[start + length];
        if (!node.IsReached || total > node.Score)
            node = new Node(start, id, total, IsReached: true);
    }

    private readonly record struct Node(int Start, int Id, double Score, bool IsReached);
}
