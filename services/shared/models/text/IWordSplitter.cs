using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Models.Text;

/// <summary>A step that splits a normalized text into words, which no piece reaches across.</summary>
internal interface IWordSplitter
{
    IEnumerable<AlignedText> Split(AlignedText text);
}

/// <summary>BERT's words: white space parts them, and each punctuation mark is one of its own.</summary>
internal sealed class BertWordSplitter : IWordSplitter
{
    public IEnumerable<AlignedText> Split(AlignedText text) =>
        text.Split(Rune.IsWhiteSpace, keepsParting: false).SelectMany(word => word.Split(IsPunctuation, keepsParting: true));

    // Signs of ASCII such as + and < count too.
    internal static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value > ' ' && rune.Value < 0x7F && !Rune.IsLetterOrDigit(rune)
        : Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}

/// <summary>DeBERTa's <c>split_by_punct</c>: each punctuation mark is a word of its own.</summary>
internal sealed class PunctuationSplitter : IWordSplitter
{
    public IEnumerable<AlignedText> Split(AlignedText text) => text.Split(BertWordSplitter.IsPunctuation, keepsParting: true);
}

/// <summary>SentencePiece's words: a blank becomes a mark that belongs to the word behind it.</summary>
/// <param name="mark">The mark, U+2581 everywhere.</param>
/// <param name="prepends">True where a text that begins with no blank gets a mark.</param>
/// <param name="onlyFirst">True where only the begin of the whole text gets one.</param>
internal sealed class MetaspaceSplitter(Rune mark, bool prepends, bool onlyFirst) : IWordSplitter
{
    private static readonly Rune _blank = new(' ');

    public IEnumerable<AlignedText> Split(AlignedText text)
    {
        text = text.Select(rune => rune == _blank ? mark : rune);
        if (text.Count > 0 && prepends && text[0].Rune != mark && (!onlyFirst || text[0].Start == 0))
            text = text.Prepend(mark);
        var start = 0;
        for (var at = 1; at < text.Count; at++)
        {
            if (text[at].Rune != mark)
                continue;
            yield return text.Slice(start, at);
            start = at;
        }
        if (start < text.Count)
            yield return text.Slice(start, text.Count);
    }
}
