using Microsoft.ML.Tokenizers;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>A prompt in the form that a text encoder takes.</summary>
/// <param name="Ids">Chunks, one after the other: each is start, tokens, end, padding, as many ids as the encoder takes.</param>
/// <param name="Count">Number of tokens of the text before anything was cut off, one start and one end included.</param>
/// <param name="Truncated">True when tokens were cut off.</param>
public sealed record TokenizedPrompt(long[] Ids, int Count, bool Truncated);

/// <summary>
/// CLIP's byte-level byte-pair tokenizer (Radford et al. 2021; Sennrich et al. 2016), as <c>CLIPTokenizer</c> of transformers 5: added
/// tokens are split out of the text by their flags, what stands between them is normalized and split into words, and the words into tokens
/// with a mark at the end of each word. The merging itself is done by Microsoft.ML.Tokenizers; the tests hold the ids against those of
/// transformers and of OpenAI's own tokenizer.
/// </summary>
public sealed class ClipTokenizer
{
    /// <summary>The mark at the end of a word's last token.</summary>
    public const string EndOfWord = "</w>";

    private readonly BpeTokenizer _tokenizer;
    private readonly AddedTokenSplitter _exactTokens;
    private readonly AddedTokenSplitter _normalizedTokens;
    private readonly int _startId;
    private readonly int _endId;
    private readonly int? _paddingId;

    /// <exception cref="InvalidDataException">The vocabulary lacks a special token, or a token of a merge.</exception>
    public ClipTokenizer(ClipTokenizerFiles files)
    {
        Files = files;
        _startId = GetId(files.Start);
        _endId = GetId(files.End);
        _paddingId = files.Padding is null ? null : GetId(files.Padding);
        GetId(files.Unknown);
        _exactTokens = new AddedTokenSplitter(
            files.Added.Where(token => !token.Normalized).Select(token => (token, GetId(token.Content))));
        _normalizedTokens = new AddedTokenSplitter(files.Added.Where(token => token.Normalized).Select(
            token => (token with { Content = ClipTextNormalizer.Normalize(token.Content) }, GetId(token.Content))));
        // Of a merge that stands twice the library takes the later place.
        var merges = files.Merges.Reverse().Distinct().Reverse().ToList();
        foreach (var token in merges.SelectMany(merge => new[] { merge.Left, merge.Right, merge.Left + merge.Right }))
            GetId(token);
        _tokenizer = BpeTokenizer.Create(new BpeOptions(files.Vocabulary)
        {
            Merges = merges.Select(merge => $"{merge.Left} {merge.Right}"),
            ByteLevel = true,
            EndOfWordSuffix = EndOfWord,
            UnknownToken = files.Unknown,
            PreTokenizer = new ClipPreTokenizer(),
        });
    }

    /// <summary>What the tokenizer was made from.</summary>
    public ClipTokenizerFiles Files { get; }

    /// <summary>Number of ids of a chunk, start, end and padding included.</summary>
    public int MaxLength => Files.MaxLength;

    public int VocabularySize => Files.Vocabulary.Count;

    /// <summary>Tokenizes a prompt; the empty string gives the unconditional prompt. A prompt that is too long loses its tail.</summary>
    /// <param name="chunks">
    /// Number of chunks. The tokens are spread over them from the first one on, so the last ones can be empty: start, end and padding.
    /// </param>
    /// <exception cref="InvalidDataException">Padding is needed, and the folder names no token for it.</exception>
    public TokenizedPrompt Tokenize(string prompt, int chunks = 1)
    {
        var tokens = Encode(prompt);
        var ids = new long[chunks * MaxLength];
        for (var chunk = 0; chunk < chunks; chunk++)
            Fill(ids.AsSpan(chunk * MaxLength, MaxLength), [.. tokens.Skip(chunk * Room).Take(Room)]);
        return new TokenizedPrompt(ids, tokens.Count + 2, tokens.Count > chunks * Room);
    }

    /// <summary>Number of chunks that hold a whole prompt, at least 1.</summary>
    public int CountChunks(string prompt) => Math.Max(1, (Encode(prompt).Count + Room - 1) / Room);

    /// <summary>The ids of a text's tokens: without start, end and padding, and of any number.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>();
        foreach (var part in _exactTokens.Split(text))
        {
            if (part.Id is { } id)
                ids.Add(id);
            else
                EncodeNormalized(ClipTextNormalizer.Normalize(part.Text), ids);
        }
        return ids;
    }

    // What a chunk holds between start and end.
    private int Room => MaxLength - 2;

    private void EncodeNormalized(string text, List<int> ids)
    {
        foreach (var part in _normalizedTokens.Split(text))
        {
            if (part.Id is { } id)
                ids.Add(id);
            else
                ids.AddRange(_tokenizer.EncodeToIds(part.Text));
        }
    }

    private void Fill(Span<long> chunk, int[] tokens)
    {
        chunk[0] = _startId;
        for (var i = 0; i < tokens.Length; i++)
            chunk[i + 1] = tokens[i];
        chunk[tokens.Length + 1] = _endId;
        var padding = chunk[(tokens.Length + 2)..];
        if (padding.Length > 0)
            padding.Fill(_paddingId ?? throw new InvalidDataException(
                $"{Files.Source}: pad_token: is null, and a prompt of fewer than {MaxLength} tokens must be padded; name a token"));
    }

    private int GetId(string token) => Files.Vocabulary.TryGetValue(token, out var id)
        ? id
        : throw new InvalidDataException(
            $"{Files.Source}: the vocabulary lacks a token that the tokenizer needs: start, end, unknown, padding, an added one or "
                + "one of a merge");
}
