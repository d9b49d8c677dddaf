using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>
/// A token that is split out of a text by its content, before words are looked for: special tokens, and those that a tuning added.
/// </summary>
/// <param name="Content">The token itself.</param>
/// <param name="Normalized">
/// True where it is looked for in the normalized text, so that its upper-case spelling counts too; else only its exact form does.
/// </param>
public sealed record AddedToken(string Content, bool Normalized = false)
{
    /// <summary>True where white space before it belongs to it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>True where white space after it belongs to it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>True where it doesn't count inside a word.</summary>
    public bool SingleWord { get; init; }
}

/// <summary>A part of a text: one added token, or what stands between two.</summary>
/// <param name="Text">What stands between; empty for a token.</param>
/// <param name="Id">The token's id; null for text.</param>
/// <param name="Start">Where it begins in the whole text, in UTF-16 units.</param>
/// <param name="End">Where it ends, white space that belongs to the token included.</param>
internal readonly record struct TextPart(string Text, int? Id, int Start, int End);

/// <summary>Splits added tokens out of texts: at each place the longest one, from left to right.</summary>
/// <param name="tokens">Contents as they stand in the text, with their ids.</param>
internal sealed class AddedTokenSplitter(IEnumerable<(AddedToken Token, int Id)> tokens)
{
    // A stable sort: of two tokens with one content the first one counts.
    private readonly ILookup<char, (AddedToken Token, int Id)> _byFirst =
        tokens.OrderByDescending(entry => entry.Token.Content.Length).ToLookup(entry => entry.Token.Content[0]);

    public IEnumerable<TextPart> Split(string text)
    {
        var textStart = 0;
        for (var start = 0; start < text.Length;)
        {
            var (token, id) = _byFirst[text[start]].FirstOrDefault(
                entry => string.CompareOrdinal(text, start, entry.Token.Content, 0, entry.Token.Content.Length) == 0);
            if (token is null)
            {
                start++;
                continue;
            }
            var end = start + token.Content.Length;
            if (!token.SingleWord || IsWordOfItsOwn(text, start, end))
            {
                var (left, right) = (start, end);
                while (token.LeftStrip && left > textStart && char.IsWhiteSpace(text[left - 1]))
                    left--;
                while (token.RightStrip && right < text.Length && char.IsWhiteSpace(text[right]))
                    right++;
                if (left > textStart)
                    yield return new TextPart(text[textStart..left], null, textStart, left);
                yield return new TextPart("", id, left, right);
                textStart = end = right;
            }
            start = end;
        }
        if (textStart < text.Length)
            yield return new TextPart(text[textStart..], null, textStart, text.Length);
    }

    private static bool IsWordOfItsOwn(string text, int start, int end)
    {
        Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _);
        Rune.DecodeFromUtf16(text.AsSpan(end), out var after, out _);
        return (start == 0 || !IsWordCharacter(before)) && (end == text.Length || !IsWordCharacter(after));
    }

    // Unicode Technical Standard 18, \w: letters, marks, digits, connectors and the two joiners.
    private static bool IsWordCharacter(Rune rune) => rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is
        <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
