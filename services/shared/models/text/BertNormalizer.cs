using System.Globalization;
using System.Text;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models.Text;

/// <summary>
/// BERT's normalizer (Devlin et al. 2019) as the library tokenizers has it: control characters go, white space becomes blanks, Chinese
/// characters stand alone, accents and capitals go.
/// </summary>
/// <param name="CleanText">Drops control characters and makes blanks of white space.</param>
/// <param name="PartsChinese">Puts blanks around Chinese characters.</param>
/// <param name="StripAccents">Takes accents off.</param>
/// <param name="Lowercase">Makes small letters of capitals.</param>
internal sealed record BertNormalizer(bool CleanText, bool PartsChinese, bool StripAccents, bool Lowercase) : ITextNormalizer
{
    private static readonly Rune _blank = new(' ');
    private static readonly LowercaseNormalizer _lowercase = new();

    // CJK ideographs: not Hangul, kana or punctuation, which are written like words.
    private static readonly (int First, int Last)[] _chinese =
    [
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF),
        (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
    ];

    public AlignedText Normalize(AlignedText text)
    {
        if (CleanText)
            text = text.Where(rune => rune.Value is not (0 or 0xFFFD) && !IsControl(rune))
                .Select(rune => Rune.IsWhiteSpace(rune) ? _blank : rune);
        if (PartsChinese)
            text = text.Rebuild(Enumerable.Range(0, text.Count).SelectMany(i => Part(text[i].Rune)));
        if (StripAccents)
            text = Decompose(text).Where(rune => Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark);
        return Lowercase ? _lowercase.Normalize(text) : text;
    }

    private static bool IsControl(Rune rune) => rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    private static (Rune, int)[] Part(Rune rune) => Array.Exists(_chinese, range => rune.Value >= range.First && rune.Value <= range.Last)
        ? [(_blank, 0), (rune, 1), (_blank, 1)] : [(rune, 0)];

    // Unicode's form D: the parts of a character stand where it stood, marks in the order of their classes.
    private static AlignedText Decompose(AlignedText text)
    {
        var changes = new List<(Rune Rune, int Change)>(text.Count);
        var parts = new List<int>();
        for (var i = 0; i < text.Count; i++)
        {
            parts.Clear();
            CanonicalComposer.Decompose(text[i].Rune.Value, parts);
            foreach (var (index, part) in parts.Index())
            {
                var place = changes.Count;
                var combining = CanonicalComposer.ClassOf(part);
                while (combining > 0 && place > 0 && CanonicalComposer.ClassOf(changes[place - 1].Rune.Value) > combining)
                    place--;
                changes.Insert(place, (new Rune(part), index == 0 ? 0 : 1));
            }
        }
        return text.Rebuild(changes);
    }
}
