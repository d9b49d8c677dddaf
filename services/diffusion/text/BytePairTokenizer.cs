using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Diffusion.Text;

/// <summary>A prompt as the text encoder takes it.</summary>
/// <param name="Ids">Start, tokens, end, padding: as many as the encoder takes.</param>
/// <param name="Count">Tokens before anything was cut, start and end included.</param>
/// <param name="Truncated">True when tokens were cut.</param>
internal sealed record TokenizedPrompt(long[] Ids, int Count, bool Truncated);

/// <summary>
/// CLIP's byte-level byte-pair tokenizer (Radford et al. 2021): lower case, white space made single, words by CLIP's pattern, bytes
/// as printable characters, a mark at each word's end. Names of special tokens in a prompt are ordinary text.
/// </summary>
internal sealed partial class BytePairTokenizer
{
    private const string WordEnd = "</w>";
    private static readonly FrozenDictionary<byte, string> s_letters = ByteLetters();

    private readonly TokenizerFiles _files;
    private readonly FrozenDictionary<string, int> _ids;
    private readonly FrozenDictionary<(string, string), int> _ranks;

    /// <exception cref="InvalidDataException">The vocabulary lacks a special token.</exception>
    public BytePairTokenizer(TokenizerFiles files)
    {
        _files = files;
        _ids = files.Vocabulary.ToFrozenDictionary(StringComparer.Ordinal);
        // A trimmed vocabulary may lack what a merge makes: such a merge is never done.
        _ranks = files.Merges.Index().Where(merge => _ids.ContainsKey(merge.Item.Left + merge.Item.Right))
            .GroupBy(merge => merge.Item).ToFrozenDictionary(group => group.Key, group => group.First().Index);
        foreach (var token in new[] { files.Start, files.End, files.Unknown, files.Pad })
        {
            if (!_ids.ContainsKey(token))
                throw new InvalidDataException($"vocab.json: the special token '{token}' is missing");
        }
    }

    /// <summary>Tokens of each prompt, padding included.</summary>
    public int MaxLength => _files.MaxLength;

    /// <summary>Tokenizes a prompt; the empty one is the unconditional prompt.</summary>
    public TokenizedPrompt Tokenize(string prompt)
    {
        var words = Encode(prompt);
        var ids = new long[_files.MaxLength];
        var kept = Math.Min(words.Count, _files.MaxLength - 2);
        ids[0] = _ids[_files.Start];
        for (var i = 0; i < kept; i++)
            ids[i + 1] = words[i];
        ids[kept + 1] = _ids[_files.End];
        ids.AsSpan(kept + 2).Fill(_ids[_files.Pad]);
        return new TokenizedPrompt(ids, words.Count + 2, kept < words.Count);
    }

    /// <summary>The tokens of a text, without start, end and limit.</summary>
    public List<int> Encode(string text)
    {
        var ids = new List<int>();
        var clean = WhiteSpacePattern().Replace(text, " ").Trim().ToLowerInvariant();
        foreach (var match in WordPattern().EnumerateMatches(clean))
            AddWord(Encoding.UTF8.GetBytes(clean.Substring(match.Index, match.Length)), ids);
        return ids;
    }

    private void AddWord(byte[] bytes, List<int> ids)
    {
        var parts = new List<string>(bytes.Length);
        foreach (var value in bytes)
            parts.Add(s_letters[value]);
        parts[^1] += WordEnd;
        Merge(parts);
        foreach (var part in parts)
            ids.Add(_ids.TryGetValue(part, out var id) ? id : _ids[_files.Unknown]);
    }

    /// <summary>Joins the most wanted pair wherever it stands, left to right, until no pair is wanted.</summary>
    private void Merge(List<string> parts)
    {
        while (BestPair(parts) is var (left, right))
        {
            var kept = 0;
            for (var i = 0; i < parts.Count; i++)
            {
                var joins = i + 1 < parts.Count && parts[i] == left && parts[i + 1] == right;
                parts[kept++] = joins ? left + right : parts[i];
                if (joins)
                    i++;
            }
            parts.RemoveRange(kept, parts.Count - kept);
        }
    }

    private (string Left, string Right)? BestPair(List<string> parts)
    {
        (string, string)? best = null;
        var lowest = int.MaxValue;
        for (var i = 0; i + 1 < parts.Count; i++)
        {
            if (_ranks.TryGetValue((parts[i], parts[i + 1]), out var rank) && rank < lowest)
                (best, lowest) = ((parts[i], parts[i + 1]), rank);
        }
        return best;
    }

    /// <summary>Each byte as one printable character: itself where it is one, else the next free one from U+0100 on.</summary>
    internal static FrozenDictionary<byte, string> ByteLetters()
    {
        var letters = new Dictionary<byte, string>();
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            letters[(byte)value] = char.ToString((char)(printable ? value : next++));
        }
        return letters.ToFrozenDictionary();
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpacePattern();
}
