using System.Text;

namespace SynCxr.Mesh.Models.Text;

/// <summary>A character of a text that was changed, with the stretch of the original that it stands for.</summary>
/// <param name="Start">First UTF-16 unit of the original.</param>
/// <param name="End">The unit after its last one.</param>
internal readonly record struct AlignedRune(Rune Rune, int Start, int End);

/// <summary>
/// A text on its way through normalizers. Each keeps, character by character, where in the original it stands, by the rules of the library
/// tokenizers (its NormalizedString): a character that is put in takes the place of the one before it, one that is left out is gone.
/// </summary>
internal sealed class AlignedText
{
    private readonly IReadOnlyList<AlignedRune> _runes;

    public AlignedText(IReadOnlyList<AlignedRune> runes) => _runes = runes;

    public int Count => _runes.Count;

    public AlignedRune this[int index] => _runes[index];

    /// <summary>A stretch of a text as it is. Half a surrogate pair becomes U+FFFD.</summary>
    /// <param name="offset">Where the stretch begins in the original.</param>
    public static AlignedText From(string text, int offset)
    {
        var runes = new List<AlignedRune>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            runes.Add(new AlignedRune(rune, offset + at, offset + at + length));
            at += length;
        }
        return new AlignedText(runes);
    }

    /// <summary>Those characters that are kept.</summary>
    public AlignedText Where(Func<Rune, bool> keep) => new([.. _runes.Where(aligned => keep(aligned.Rune))]);

    /// <summary>Each character replaced by one.</summary>
    public AlignedText Select(Func<Rune, Rune> map) => new([.. _runes.Select(aligned => aligned with { Rune = map(aligned.Rune) })]);

    /// <summary>The characters from <paramref name="start"/> up to but not including <paramref name="end"/>.</summary>
    public AlignedText Slice(int start, int end) => new([.. _runes.Skip(start).Take(end - start)]);

    /// <summary>With a character before the first one, at its place.</summary>
    public AlignedText Prepend(Rune rune) => new([_runes[0] with { Rune = rune }, .. _runes]);

    /// <summary>Rebuilds the text.</summary>
    /// <param name="changes">
    /// The new characters in order. Change 0 replaces one old character; -n replaces one and drops the n behind it; 1 puts one in.
    /// </param>
    public AlignedText Rebuild(IEnumerable<(Rune Rune, int Change)> changes)
    {
        var rebuilt = new List<AlignedRune>(_runes.Count);
        var at = 0;
        foreach (var (rune, change) in changes)
        {
            if (change > 0)
            {
                rebuilt.Add(_runes[Math.Max(at - 1, 0)] with { Rune = rune });
                continue;
            }
            rebuilt.Add(_runes[at] with { Rune = rune });
            at += 1 - change;
        }
        return new AlignedText(rebuilt);
    }

    /// <summary>Parts of the text, each of characters between two that part it; those are left out or stand alone.</summary>
    /// <param name="keepsParting">True where the parting characters become parts of their own.</param>
    public IEnumerable<AlignedText> Split(Func<Rune, bool> parts, bool keepsParting)
    {
        var start = 0;
        for (var at = 0; at < Count; at++)
        {
            if (!parts(_runes[at].Rune))
                continue;
            if (at > start)
                yield return Slice(start, at);
            if (keepsParting)
                yield return Slice(at, at + 1);
            start = at + 1;
        }
        if (start < Count)
            yield return Slice(start, Count);
    }

    /// <summary>The characters as a string.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Count);
        foreach (var (rune, _, _) in _runes)
            text.Append(rune);
        return text.ToString();
    }
}
