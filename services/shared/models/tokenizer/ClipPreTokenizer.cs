using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>
/// CLIP's words: <c>&lt;|startoftext|&gt;|&lt;|endoftext|&gt;|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+</c>, each then split
/// again by GPT-2's pattern, which takes the two names apart and no other word. It is written out because .NET's expressions match UTF-16
/// units, and CLIP's whole code points: letters and digits beyond U+FFFF too.
/// </summary>
internal sealed class ClipPreTokenizer : PreTokenizer
{
    private static readonly string[] _contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    // The parts that GPT-2's pattern finds: "<|", "startoftext", "|>".
    private static readonly string[][] _names = [["<|", "startoftext", "|>"], ["<|", "endoftext", "|>"]];

    private enum CharacterKind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            if (_names.FirstOrDefault(name => StartsWith(text, start, string.Concat(name))) is { } parts)
            {
                foreach (var part in parts)
                {
                    yield return (start, part.Length);
                    start += part.Length;
                }
                continue;
            }
            var (kind, length) = KindAt(text, start);
            if (_contractions.FirstOrDefault(contraction => StartsWith(text, start, contraction)) is { } word)
                length = word.Length;
            else if (kind is CharacterKind.Letter or CharacterKind.Other)
                length = MeasureRun(text, start, kind);
            if (kind != CharacterKind.Space)
                yield return (start, length);
            start += length;
        }
    }

    private static bool StartsWith(string text, int start, string word) => string.CompareOrdinal(text, start, word, 0, word.Length) == 0;

    private static int MeasureRun(string text, int start, CharacterKind kind)
    {
        var end = start;
        while (end < text.Length && KindAt(text, end) is var (next, length) && next == kind)
            end += length;
        return end - start;
    }

    private static (CharacterKind Kind, int Length) KindAt(string text, int index)
    {
        Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out var length);
        var kind = Rune.GetUnicodeCategory(rune) switch
        {
            _ when Rune.IsWhiteSpace(rune) => CharacterKind.Space,
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter, // the first five categories
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ => CharacterKind.Other,
        };
        return (kind, length);
    }
}
