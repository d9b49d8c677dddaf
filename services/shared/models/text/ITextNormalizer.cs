using System.Text;

namespace SynCxr.Mesh.Models.Text;

/// <summary>A step that changes a text before words are looked for. Which steps there are is said by the tokenizer's files.</summary>
internal interface ITextNormalizer
{
    AlignedText Normalize(AlignedText text);
}

/// <summary>Takes white space off the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : ITextNormalizer
{
    public AlignedText Normalize(AlignedText text)
    {
        var (start, end) = (0, text.Count);
        while (left && start < end && Rune.IsWhiteSpace(text[start].Rune))
            start++;
        while (right && end > start && Rune.IsWhiteSpace(text[end - 1].Rune))
            end--;
        return text.Slice(start, end);
    }
}

/// <summary>Makes one blank of several: it stands where the last of them stood.</summary>
internal sealed class BlankRunNormalizer : ITextNormalizer
{
    private static readonly Rune _blank = new(' ');

    public AlignedText Normalize(AlignedText text)
    {
        var kept = new List<AlignedRune>(text.Count);
        for (var i = 0; i < text.Count; i++)
        {
            if (text[i].Rune != _blank || i + 1 == text.Count || text[i + 1].Rune != _blank)
                kept.Add(text[i]);
        }
        return new AlignedText(kept);
    }
}

/// <summary>Lower case, by Unicode's full mapping of single characters: <c>İ</c> becomes two.</summary>
internal sealed class LowercaseNormalizer : ITextNormalizer
{
    private static readonly Rune _dottedCapital = new(0x130), _dotAbove = new(0x307);

    public AlignedText Normalize(AlignedText text) => text.Rebuild(Enumerable.Range(0, text.Count).SelectMany(i => Lower(text[i].Rune)));

    private static (Rune, int)[] Lower(Rune rune) =>
        rune == _dottedCapital ? [(new Rune('i'), 0), (_dotAbove, 1)] : [(Rune.ToLowerInvariant(rune), 0)];
}
