using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Onnx.Text;

namespace SynCxr.Mesh.Report.TextModels;

/// <summary>A vector of a text.</summary>
/// <param name="Tokens">Tokens of the text before it was cut, special ones included.</param>
internal sealed record TextVector(float[] Values, int Tokens, bool Truncated);

/// <summary>
/// A network that makes a vector of a text or of a pair (title, abstract), engine <c>onnx-text-encoder</c>: MedCPT's form, and that of
/// sentence-transformers. A text's bits depend on the text alone, since each is a run of its own by one thread.
/// </summary>
internal sealed class TextEncoder : IDisposable
{
    public const string EngineName = "onnx-text-encoder";
    private const string StatesOutput = "last_hidden_state";
    private const double LeastLength = 1e-12;
    private readonly TextModelFolder _folder;
    private readonly TextEncoderSettings _settings;
    private readonly RowSliceRunner _slices;
    private readonly RowLimit _limit;

    /// <param name="path">The folder.</param>
    /// <param name="card">The card's section; null where the folder's own files say how a vector is made.</param>
    /// <exception cref="InvalidDataException">Names the file and the key that is missing or can't be run.</exception>
    public TextEncoder(string path, TextEncoderCard? card, OnnxSessionOptions options)
    {
        _settings = TextEncoderSettings.Read(path, card);
        _folder = new TextModelFolder(path, StatesOutput, options);
        _slices = new RowSliceRunner(options);
        _limit = new RowLimit(Math.Min(_folder.MostTokens, _settings.MaxTokens ?? int.MaxValue), TruncationStrategy.LongestFirst,
            _folder.Tokenizer.CutsBegin);
    }

    /// <summary>The row that a text is run as, cut to the limit.</summary>
    public TextRow Encode(string text, string? second) => _folder.Tokenizer.Encode(text, second, _limit);

    /// <summary>The vectors of texts, in order.</summary>
    /// <param name="texts">Texts, or pairs.</param>
    public async Task<IReadOnlyList<TextVector>> EmbedAsync(
        IReadOnlyList<(string Text, string? Second)> texts, CancellationToken cancellation) =>
        await _slices.RunAsync<(string Text, string? Second), TextVector>(texts, texts.Select((_, row) => new RowSlice([row], 1)),
            slice => [.. slice.Select(Embed)], cancellation);

    public void Dispose() => _folder.Dispose();

    private TextVector Embed((string Text, string? Second) item)
    {
        var row = Encode(item.Text, item.Second);
        var tokens = _folder.Tokenizer.Encode(item.Text, item.Second).Length;
        var states = _folder.Graph.Run(_folder.Tokenizer.PaddingId, row); // [1, T, D]
        var vector = Pool(states.Values, row.Length);
        return new TextVector(_settings.Normalize ? DivideByLength(vector) : vector, tokens, tokens > row.Length);
    }

    private float[] Pool(float[] states, int tokens)
    {
        var width = states.Length / tokens;
        return _settings.Pooling == TextPoolingNames.Cls ? states[..width]
            : [.. Enumerable.Range(0, width).Select(d => (float)Enumerable.Range(0, tokens).Average(t => (double)states[(t * width) + d]))];
    }

    private static float[] DivideByLength(float[] vector)
    {
        var length = Math.Max(Math.Sqrt(vector.Sum(value => (double)value * value)), LeastLength);
        return Array.ConvertAll(vector, value => (float)(value / length));
    }
}
