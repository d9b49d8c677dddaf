using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Models.Text;

/// <summary>
/// The rules that a SentencePiece model carries (<c>precompiled_charsmap</c>): a double-array trie from UTF-8 to the places of
/// replacements. As in the library tokenizers, a user-perceived character of up to five bytes is looked up whole, then each code point; the
/// shortest rule that fits decides.
/// </summary>
internal sealed class CharsmapNormalizer : ITextNormalizer
{
    private const int MostBytes = 5;
    private readonly uint[] _trie;
    private readonly byte[] _replacements;

    /// <param name="map">The size of the trie in bytes, the trie, and the replacements, each ended by a zero byte.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public CharsmapNormalizer(ReadOnlySpan<byte> map)
    {
        var size = map.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (size == 0 || size % 4 != 0 || size > map.Length - 4)
            throw new FormatException("is no map of characters: the size of its trie does not fit");
        _trie = new uint[size / 4];
        for (var i = 0; i < _trie.Length; i++)
            _trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(4 + (i * 4))..]);
        _replacements = map[(4 + (int)size)..].ToArray();
    }

    public AlignedText Normalize(AlignedText text)
    {
        var original = text.ToString();
        var changes = new List<(Rune Rune, int Change)>(text.Count);
        var enumerator = StringInfo.GetTextElementEnumerator(original);
        while (enumerator.MoveNext())
        {
            var element = enumerator.GetTextElement();
            if (Encoding.UTF8.GetByteCount(element) <= MostBytes && Find(element) is { } whole)
            {
                Replace(changes, element.EnumerateRunes().Count(), whole);
                continue;
            }
            foreach (var rune in element.EnumerateRunes())
            {
                if (Find(rune.ToString()) is { } part)
                    Replace(changes, 1, part);
                else
                    changes.Add((rune, 0));
            }
        }
        return text.Rebuild(changes);
    }

    private static void Replace(List<(Rune Rune, int Change)> changes, int count, string replacement)
    {
        var added = 0;
        foreach (var rune in replacement.EnumerateRunes())
            changes.Add((rune, added++ < count ? 0 : 1));
        if (added < count && changes.Count > 0)
            changes[^1] = (changes[^1].Rune, changes[^1].Change - (count - added));
    }

    // The units of darts-clone: a label in the low byte, bit 8 says that a value follows, the offset of the children above.
    private string? Find(string text)
    {
        var node = Offset(_trie[0]);
        foreach (var symbol in Encoding.UTF8.GetBytes(text))
        {
            node ^= symbol;
            if (symbol == 0 || node >= _trie.Length || (_trie[node] & 0x800000FF) != symbol)
                return null;
            var unit = _trie[node];
            node ^= Offset(unit);
            if (((unit >> 8) & 1) == 1 && node < _trie.Length)
                return ReadReplacement((int)(_trie[node] & 0x7FFFFFFF));
        }
        return null;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private string? ReadReplacement(int start)
    {
        if (start >= _replacements.Length)
            return null;
        var length = _replacements.AsSpan(start).IndexOf((byte)0);
        return Encoding.UTF8.GetString(_replacements, start, length < 0 ? _replacements.Length - start : length);
    }
}
