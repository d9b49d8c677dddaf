using System.Text;

namespace SynCxr.Mesh.Models.Text;

/// <summary>
/// WordPiece (Wu et al. 2016; Devlin et al. 2019): from the left the longest piece of the vocabulary, until the word is used up. A word
/// that can't be made of pieces, or is too long, is one unknown.
/// </summary>
internal sealed class WordPieceModel : IPieceModel
{
    private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _first;
    private readonly int _mostCharacters;

    /// <param name="vocabulary">Ids by piece.</param>
    /// <param name="unknown">Id of the unknown token.</param>
    /// <param name="continuationMark">What pieces begin with that are not the first of their word: <c>##</c>.</param>
    /// <param name="mostCharacters">Words of more code points are unknown: 100 in every published one.</param>
    public WordPieceModel(Dictionary<string, int> vocabulary, int unknown, string continuationMark, int mostCharacters)
    {
        (_first, UnknownId, ContinuationMark, _mostCharacters) = (vocabulary, unknown, continuationMark, mostCharacters);
        foreach (var (piece, id) in vocabulary)
        {
            if (piece.Length > continuationMark.Length && piece.StartsWith(continuationMark, StringComparison.Ordinal))
                _next[piece[continuationMark.Length..]] = id;
        }
    }

    public IReadOnlyDictionary<string, int> Vocabulary => _first;

    public int UnknownId { get; }

    public string ContinuationMark { get; }

    public IReadOnlyList<WordPart> Split(string word)
    {
        if (word.EnumerateRunes().Count() > _mostCharacters)
            return [new WordPart(UnknownId, word.Length)];
        var parts = new List<WordPart>();
        for (var start = 0; start < word.Length;)
        {
            var pieces = (start == 0 ? _first : _next).GetAlternateLookup<ReadOnlySpan<char>>();
            var (end, id) = (word.Length, 0);
            while (end > start && !pieces.TryGetValue(word.AsSpan(start, end - start), out id))
            {
                Rune.DecodeLastFromUtf16(word.AsSpan(start, end - start), out _, out var length);
                end -= length;
            }
            if (end == start)
                return [new WordPart(UnknownId, word.Length)];
            parts.Add(new WordPart(id, end - start));
            start = end;
        }
        return parts;
    }
}
