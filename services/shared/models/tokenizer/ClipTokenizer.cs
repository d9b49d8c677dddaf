using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>A prompt in the form that a text encoder takes.</summary>
/// <param name="Ids">Start, tokens, end, padding: as many ids as the encoder takes.</param>
/// <param name="Count">Number of tokens before anything was cut off, start and end included.</param>
/// <param name="Truncated">True when tokens were cut off.</param>
public sealed record TokenizedPrompt(long[] Ids, int Count, bool Truncated);

/// <summary>
/// CLIP's byte-level byte-pair tokenizer (Radford et al. 2021; Sennrich et al. 2016): lower case, one blank for any white space, words by
/// CLIP's pattern, a mark at the end of each word. Names of special tokens in a prompt are ordinary text. The merging itself is done by
/// Microsoft.ML.Tokenizers; the tests hold its ids against those of OpenAI's own tokenizer.
/// </summary>
public sealed partial class ClipTokenizer
{
    /// <summary>The mark at the end of a word's last token.</summary>
    public const string EndOfWord = "</w>";

    private readonly BpeTokenizer _tokenizer;
    private readonly int _startId;
    private readonly int _endId;
    private readonly int _paddingId;

    /// <exception cref="InvalidDataException">The vocabulary lacks a special token.</exception>
    public ClipTokenizer(ClipTokenizerFiles files)
    {
        Files = files;
        _startId = SpecialId(files.Start);
        _endId = SpecialId(files.End);
        _paddingId = SpecialId(files.Padding);
        SpecialId(files.Unknown);
        _tokenizer = BpeTokenizer.Create(new BpeOptions(files.Vocabulary)
        {
            // A trimmed vocabulary may lack the token that a merge makes: such a merge is left out.
            Merges = files.Merges.Where(merge => files.Vocabulary.ContainsKey(merge.Left + merge.Right)).Distinct()
                .Select(merge => $"{merge.Left} {merge.Right}"),
            ByteLevel = true,
            EndOfWordSuffix = EndOfWord,
            UnknownToken = files.Unknown,
            Normalizer = new WhiteSpaceAndCaseNormalizer(),
            PreTokenizer = new RegexPreTokenizer(WordPattern(), specialTokens: null),
        });
    }

    /// <summary>What the tokenizer was made from.</summary>
    public ClipTokenizerFiles Files { get; }

    /// <summary>Number of ids that <see cref="Tokenize"/> gives for any prompt, padding included.</summary>
    public int MaxLength => Files.MaxLength;

    public int VocabularySize => Files.Vocabulary.Count;

    /// <summary>Tokenizes a prompt; the empty string gives the unconditional prompt. A prompt that is too long loses its tail.</summary>
    public TokenizedPrompt Tokenize(string prompt)
    {
        var tokens = Encode(prompt);
        var kept = Math.Min(tokens.Count, MaxLength - 2);
        var ids = new long[MaxLength];
        ids[0] = _startId;
        for (var i = 0; i < kept; i++)
            ids[i + 1] = tokens[i];
        ids[kept + 1] = _endId;
        ids.AsSpan(kept + 2).Fill(_paddingId);
        return new TokenizedPrompt(ids, tokens.Count + 2, kept < tokens.Count);
    }

    /// <summary>The ids of a text's tokens: without start, end and padding, and of any number.</summary>
    public IReadOnlyList<int> Encode(string text) => _tokenizer.EncodeToIds(text);

    private int SpecialId(string token) => Files.Vocabulary.TryGetValue(token, out var id)
        ? id
        : throw new InvalidDataException($"vocab.json: the special token '{token}' is missing.");

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpacePattern();

    private sealed class WhiteSpaceAndCaseNormalizer : Normalizer
    {
        public override string Normalize(string original) => WhiteSpacePattern().Replace(original, " ").Trim().ToLowerInvariant();

        public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());
    }
}
