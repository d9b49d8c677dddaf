using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Curation.Alignment;

/// <summary>A text as the network reads it.</summary>
/// <param name="Row">Its tokens, special ones included.</param>
/// <param name="IsTruncated">True where its end was cut.</param>
internal sealed record PreparedText(TextRow Row, bool IsTruncated);

/// <summary>
/// An image-text model that the trainer exported, engine <c>onnx-alignment</c>: <c>image_encoder/model.onnx</c>,
/// <c>text_encoder/model.onnx</c> and <c>tokenizer/</c>. Each image and each text is a run of its own by one thread, so its bits depend on
/// it alone.
/// </summary>
internal sealed class AlignmentModel : IDisposable
{
    /// <summary>Name of the engine.</summary>
    public const string EngineName = "onnx-alignment";

    private const string GraphFile = "model.onnx", PixelsInput = "pixel_values", IdsInput = "input_ids", MaskInput = "attention_mask";
    private const int Channels = 3;
    private readonly VisionLanguageCard _card;
    private readonly TextTokenizer _tokenizer;
    private readonly OnnxSession _images, _texts;

    /// <param name="folder">Opened, so its files are those of its digest.</param>
    /// <exception cref="InvalidDataException">Names the file, key or tensor that is missing or can't be run.</exception>
    public AlignmentModel(ModelFolder folder, OnnxSessionOptions options)
    {
        _card = folder.Card.VisionLanguage!;
        var tokenizer = Path.Combine(folder.Path, "tokenizer");
        _tokenizer = TextTokenizer.Read(tokenizer);
        if (_tokenizer.HighestId >= _card.Text.Vocabulary)
        {
            throw new InvalidDataException($"{tokenizer}: its highest id is {_tokenizer.HighestId}, and the text encoder knows those below "
                + $"{_card.Text.Vocabulary}");
        }
        var texts = folder.FileOf(Path.Combine("text_encoder", GraphFile));
        _images = OnnxSession.Load(folder.FileOf(Path.Combine("image_encoder", GraphFile)), options);
        try
        {
            _texts = OnnxSession.Load(texts, options);
            CheckImages();
            CheckTexts();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// An image as the network reads it: gray, stretched to a square by area average, standardised. [3, S, S], three equal channels.
    /// </summary>
    public float[] PrepareImage(GrayImage image)
    {
        var gray = ImageResizer.Resize(image, _card.Side, _card.Side).Pixels;
        var values = new float[Channels * gray.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = ((gray[i % gray.Length] / 255f) - (float)_card.Mean) / (float)_card.Deviation;
        return values;
    }

    /// <summary>A text as the network reads it; what is behind its last token is cut, as in training.</summary>
    /// <param name="field">Path of the text in the request.</param>
    /// <exception cref="MeshException">INVALID_FIELD: there is no word piece in it that the model knows.</exception>
    public PreparedText PrepareText(string text, string field)
    {
        var row = _tokenizer.Encode(text);
        if (row.Ids.All(id => id == _tokenizer.UnknownId || IsSpecial(_tokenizer.TokenOf(id))))
            throw MeshException.Invalid(field, $"holds no word that the model knows: '{EchoedText.Shorten(text)}'");
        return row.Length <= _card.Tokens ? new PreparedText(row, IsTruncated: false)
            : new PreparedText(_tokenizer.Encode(text, limit: new RowLimit(_card.Tokens)), IsTruncated: true);
    }

    /// <summary>
    /// Cosine of image and report. The report's vector is the mean of those of its texts, scaled to unit length. -1 to 1.
    /// </summary>
    /// <param name="image">As <see cref="PrepareImage"/> makes it.</param>
    /// <param name="texts">As <see cref="PrepareText"/> makes them; at least one.</param>
    /// <exception cref="MeshException">MODEL_OUTPUT_NOT_FINITE.</exception>
    public double Compare(float[] image, IReadOnlyList<PreparedText> texts)
    {
        var seen = ToUnitLength(Run(_images, "image_embeds",
            TensorInput.Create(PixelsInput, image, 1, Channels, _card.Side, _card.Side))); // [D]
        var read = new float[_card.Embedding];
        foreach (var text in texts)
        {
            var vector = ToUnitLength(Run(_texts, "text_embeds", TensorInput.Create(IdsInput, text.Row.Ids, 1, text.Row.Length),
                TensorInput.Create(MaskInput, text.Row.Mask, 1, text.Row.Length))); // [D]
            for (var i = 0; i < read.Length; i++)
                read[i] += vector[i];
        }
        return CosineSimilarity.Between(seen, ToUnitLength(read));
    }

    public void Dispose()
    {
        _images.Dispose();
        _texts?.Dispose();
    }

    /// <summary>True for [CLS], [SEP] and their like, which a text can name; no piece of a word holds a bracket beside others.</summary>
    private static bool IsSpecial(string token) => token is ['[', _, .., ']'];

    private static float[] Run(OnnxSession graph, string output, params TensorInput[] inputs) => graph.Run(inputs, output)[0];

    private static float[] ToUnitLength(float[] vector)
    {
        var length = CosineSimilarity.NormOf(vector);
        return double.IsFinite(length) && length > 0 ? Array.ConvertAll(vector, value => (float)(value / length))
            : throw new MeshException(ErrorReasons.ModelOutputNotFinite, "The image-text model gave a vector of zeros or not finite.");
    }

    private void CheckImages()
    {
        GraphInspector.RefuseOthers(_images, [PixelsInput]);
        var pixels = GraphInspector.RequireInput(_images, PixelsInput, [typeof(float)], 4); // [B, 3, S, S]
        int[] wanted = [1, Channels, _card.Side, _card.Side];
        for (var i = 0; i < wanted.Length; i++)
            GraphInspector.RequireSize(_images, pixels, i, wanted[i], "the card says");
        CheckOutput(_images, "image_embeds");
    }

    private void CheckTexts()
    {
        GraphInspector.RefuseOthers(_texts, [IdsInput, MaskInput]);
        foreach (var name in new[] { IdsInput, MaskInput })
        {
            var input = GraphInspector.RequireInput(_texts, name, [typeof(long)], 2); // [B, T]
            GraphInspector.RequireSize(_texts, input, 0, 1, "texts are run one at a time, so the batch must be free or");
            if (GraphInspector.SizeOf(input, 1) is { } tokens)
                throw new InvalidDataException($"{_texts.Path}: '{name}' takes {tokens} tokens only; their number must be free.");
        }
        CheckOutput(_texts, "text_embeds");
    }

    private void CheckOutput(OnnxSession graph, string name) => // [B, D]
        GraphInspector.RequireSize(graph, GraphInspector.RequireOutput(graph, name, 2), 1, _card.Embedding, "the card says");
}
