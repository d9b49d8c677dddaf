using System.Text;

namespace SynCxr.Mesh.Models.Text;

/// <summary>Makes a text of pieces, as the decoders of the library tokenizers do.</summary>
internal abstract class PieceJoiner
{
    /// <summary>The joined text; it need not be the one that the pieces came from.</summary>
    public abstract string Join(IReadOnlyList<string> pieces);
}

/// <summary>WordPiece's: a piece without a mark begins a word.</summary>
/// <param name="mark">The mark of pieces that go on a word.</param>
/// <param name="cleans">True where blanks before punctuation are taken out.</param>
internal sealed class WordPieceJoiner(string mark, bool cleans) : PieceJoiner
{
    private static readonly (string Found, string Put)[] _cleaned =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"),
        (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    public override string Join(IReadOnlyList<string> pieces) => string.Concat(pieces.Select((piece, index) =>
    {
        if (index > 0)
            piece = piece.StartsWith(mark, StringComparison.Ordinal) ? piece[mark.Length..] : " " + piece;
        return cleans ? _cleaned.Aggregate(piece, (text, rule) => text.Replace(rule.Found, rule.Put, StringComparison.Ordinal)) : piece;
    }));
}

/// <summary>SentencePiece's: the mark becomes a blank, but for that of the first piece.</summary>
internal sealed class MetaspaceJoiner(Rune mark, bool dropsFirst) : PieceJoiner
{
    public override string Join(IReadOnlyList<string> pieces) => string.Concat(pieces.Select((piece, index) =>
        piece.Replace(mark.ToString(), index == 0 && dropsFirst ? "" : " ", StringComparison.Ordinal)));
}
