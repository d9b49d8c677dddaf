using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models.Text;

/// <summary>
/// The tokenizer of a text encoder, with ids, offsets and words as the library tokenizers gives them: added tokens are split out, then a
/// text is normalized, split into words, and each word into pieces. Safe for several threads.
/// </summary>
public sealed class TextTokenizer
{
    private readonly IReadOnlyList<ITextNormalizer> _normalizers;
    private readonly IReadOnlyList<IWordSplitter> _splitters;
    private readonly IPieceModel _model;
    private readonly RowTemplate _template;
    private readonly AddedTokenSplitter _exact, _normalized;
    private readonly Dictionary<int, string> _tokens;
    private readonly PieceJoiner _joiner;

    internal TextTokenizer(TextTokenizerParts parts)
    {
        (_normalizers, _splitters, _model, _template, _joiner) =
            (parts.Normalizers, parts.Splitters, parts.Model, parts.Template, parts.Joiner);
        (MostTokens, PaddingId, CutsBegin) = (parts.MostTokens, parts.PaddingId, parts.CutsBegin);
        _exact = new AddedTokenSplitter(parts.Added.Where(added => !added.Token.Normalized));
        _normalized = new AddedTokenSplitter(parts.Added.Where(added => added.Token.Normalized)
            .Select(added => (added.Token with { Content = Normalize(AlignedText.From(added.Token.Content, 0)).ToString() }, added.Id))
            .Where(added => added.Item1.Content.Length > 0));
        _tokens = parts.Model.Vocabulary.GroupBy(entry => entry.Value).ToDictionary(group => group.Key, group => group.First().Key);
        foreach (var (token, id) in parts.Added)
            _tokens[id] = token.Content;
    }

    /// <summary>Most tokens that its files allow, special ones included; null where they set no limit.</summary>
    public int? MostTokens { get; }

    /// <summary>Id of the padding token.</summary>
    public int PaddingId { get; }

    /// <summary>Id of the unknown token.</summary>
    public int UnknownId => _model.UnknownId;

    /// <summary>True where a text that is too long loses its begin.</summary>
    public bool CutsBegin { get; }

    /// <summary>True where pieces that go on a word carry a mark, as WordPiece's do.</summary>
    public bool MarksContinuations => _model.ContinuationMark.Length > 0;

    /// <summary>The highest id.</summary>
    public int HighestId => _tokens.Keys.Max();

    /// <summary>Reads the tokenizer of a model folder: <c>tokenizer.json</c>, or the older files.</summary>
    /// <exception cref="InvalidDataException">Names the file and the key that is missing or can't be run.</exception>
    public static TextTokenizer Read(string folder) => new(TextTokenizerReader.Read(folder));

    /// <summary>BERT's tokenizer of a vocabulary, with its usual special tokens.</summary>
    /// <param name="vocabulary">The pieces by id.</param>
    /// <param name="lowerCase">True to take capitals and accents off.</param>
    /// <exception cref="InvalidDataException">It lacks a special token.</exception>
    public static TextTokenizer CreateBert(IReadOnlyList<string> vocabulary, bool lowerCase) =>
        new(OlderTokenizerReader.MakeBert(vocabulary, lowerCase));

    /// <summary>The token of an id; the empty string where there is none.</summary>
    public string TokenOf(long id) => _tokens.GetValueOrDefault((int)id, "");

    /// <summary>Tokens as a text, as the library joins them: blanks can be lost, and where a word begins is a guess.</summary>
    public string Join(IReadOnlyList<string> tokens) => _joiner.Join(tokens);

    /// <summary>How many special tokens a row holds.</summary>
    public int CountSpecial(bool isPair) => _template.CountSpecial(isPair);

    /// <summary>The pieces of a text, without special tokens around them. A name of a special token in the text is that token.</summary>
    public IReadOnlyList<TextToken> Tokenize(string text)
    {
        var tokens = new List<TextToken>();
        var word = 0;
        foreach (var part in _exact.Split(text))
        {
            if (part.Id is { } id)
                tokens.Add(new TextToken(id, part.Start, part.End, word++));
            else
                TokenizeText(Normalize(AlignedText.From(part.Text, part.Start)), tokens, ref word);
        }
        return tokens;
    }

    /// <summary>A row of one text or of a pair, cut to a limit. An empty second text is none, as in transformers.</summary>
    /// <exception cref="ArgumentException">The strategy can't reach the limit.</exception>
    public TextRow Encode(string text, string? second = null, RowLimit? limit = null)
    {
        var (first, other) = (Tokenize(text), string.IsNullOrEmpty(second) ? null : Tokenize(second));
        if (limit is { } given)
            (first, other) = TokenTruncation.Cut(first, other, given.MostTokens - CountSpecial(other is not null), given);
        return _template.Fill(first, other);
    }

    /// <summary>The rows of a long text: windows that share <paramref name="stride"/> pieces with their neighbours.</summary>
    /// <param name="mostTokens">Most tokens of a row, special ones included.</param>
    /// <returns>At least one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The stride leaves no room for new pieces.</exception>
    public IReadOnlyList<TextRow> EncodeWindows(string text, int mostTokens, int stride) =>
    [
        .. TokenTruncation.Slide(Tokenize(text), mostTokens - CountSpecial(isPair: false), stride, CutsBegin)
            .Select(window => _template.Fill(window, null)),
    ];

    private AlignedText Normalize(AlignedText text) => _normalizers.Aggregate(text, (changed, step) => step.Normalize(changed));

    private void TokenizeText(AlignedText text, List<TextToken> tokens, ref int word)
    {
        var places = new List<int>(); // the character at each UTF-16 unit of the normalized text, and one behind the last
        for (var i = 0; i < text.Count; i++)
            places.AddRange(Enumerable.Repeat(i, text[i].Rune.Utf16SequenceLength));
        places.Add(text.Count);
        foreach (var part in _normalized.Split(text.ToString()))
        {
            var stretch = text.Slice(places[part.Start], places[part.End]);
            if (part.Id is { } id)
            {
                tokens.Add(new TextToken(id, stretch[0].Start, stretch[stretch.Count - 1].End, word++));
                continue;
            }
            IEnumerable<AlignedText> words = [stretch];
            foreach (var splitter in _splitters)
                words = words.SelectMany(splitter.Split);
            foreach (var piece in words)
                AddPieces(piece, tokens, word++);
        }
    }

    private void AddPieces(AlignedText word, List<TextToken> tokens, int number)
    {
        var at = 0;
        foreach (var (id, length) in _model.Split(word.ToString()))
        {
            var first = at;
            for (var units = 0; units < length; at++)
                units += word[at].Rune.Utf16SequenceLength;
            tokens.Add(new TextToken(id, word[first].Start, word[at - 1].End, number));
        }
    }
}

/// <summary>What the files of a tokenizer say.</summary>
/// <param name="Normalizers">In order.</param>
/// <param name="Splitters">In order; the words of one are split by the next.</param>
/// <param name="Added">Tokens that are split out of a text, with their ids.</param>
/// <param name="MostTokens">The limit of the files; null where they set none.</param>
internal sealed record TextTokenizerParts(
    IReadOnlyList<ITextNormalizer> Normalizers,
    IReadOnlyList<IWordSplitter> Splitters,
    IPieceModel Model,
    RowTemplate Template,
    IReadOnlyList<(AddedToken Token, int Id)> Added,
    PieceJoiner Joiner,
    int PaddingId,
    int? MostTokens,
    bool CutsBegin);
