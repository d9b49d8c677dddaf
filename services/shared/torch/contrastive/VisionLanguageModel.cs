using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Export;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Contrastive;

/// <summary>
/// An image encoder, a text encoder and a contrastive method's heads, with the preparation of their inputs; the same for training and
/// evaluation.
/// </summary>
public sealed class VisionLanguageModel : IDisposable
{
    public const string WeightsFile = "weights.safetensors", TokenizerFolder = "tokenizer", PromptsFile = "prompts.json";

    /// <summary>
    /// One line for each training image, <c>image</c> and the first 16 hex digits of its hash, and one for each patient, likewise.
    /// </summary>
    public const string TrainedOnFile = "trained-on.tsv";

    /// <summary>Makes a model with new weights, sampled from the global generator: <see cref="TorchRandom.WithGlobalSeed"/>.</summary>
    /// <exception cref="InvalidDataException">Names the card's key that does not go with the rest.</exception>
    public VisionLanguageModel(VisionLanguageCard card, WordPieceTokenizer tokenizer)
    {
        if (tokenizer.VocabularySize != card.Text.Vocabulary)
            throw new InvalidDataException(
                $"vision_language.text.vocabulary: is {card.Text.Vocabulary}, the tokenizer has {tokenizer.VocabularySize} pieces");
        (Card, Tokenizer) = (card, tokenizer);
        ImageEncoder = new ResNet(EncoderSizesMapping.ToConfig(card.Image));
        TextEncoder = new Bert(EncoderSizesMapping.ToConfig(card.Text));
        Method = ContrastiveMethodNames.CreateMethod(card, ImageEncoder.Config.Channels(2), ImageEncoder.Config.Channels(3));
    }

    public VisionLanguageCard Card { get; }

    public WordPieceTokenizer Tokenizer { get; }

    public ResNet ImageEncoder { get; }

    public Bert TextEncoder { get; }

    public IContrastiveMethod Method { get; }

    /// <summary>Opens a model folder, ready for inference.</summary>
    /// <exception cref="InvalidDataException">Names the file or key that is wrong; the weight with both shapes.</exception>
    public static VisionLanguageModel Open(string folder)
    {
        var opened = ModelFolder.Open(folder);
        if (opened.Card.VisionLanguage is not { } card)
            throw new InvalidDataException(
                $"{Path.Combine(folder, ModelFolder.CardFile)}: kind: is '{opened.Card.Kind}'; it must be {ModelKindNames.VisionLanguage}");
        var tokenizer = WordPieceTokenizer.Open(Path.Combine(folder, TokenizerFolder));
        var model = TorchRandom.WithGlobalSeed(0, () => new VisionLanguageModel(card, tokenizer));
        using var scope = NewDisposeScope();
        model.Load(Safetensors.Load(opened.FileOf(WeightsFile)).Tensors);
        model.SetTraining(false);
        return model;
    }

    /// <summary>
    /// Every weight and running figure by its key in <see cref="WeightsFile"/>: <c>image.*</c>, <c>text.*</c>, <c>image_head.*</c>,
    /// <c>text_head.*</c>.
    /// </summary>
    public Dictionary<string, Tensor> State() =>
        Parts().SelectMany(p => ModuleWeights.NamedState(p.Module, p.Prefix)).ToDictionary(StringComparer.Ordinal);

    /// <summary>The parameters, by the same keys.</summary>
    public Dictionary<string, Tensor> Parameters() =>
        Parts().SelectMany(p => ModuleWeights.NamedParameters(p.Module, p.Prefix)).ToDictionary(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">Names a key that is missing, left over or of another shape.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> tensors)
    {
        foreach (var (prefix, module) in Parts())
            ModuleWeights.Load(module, tensors, prefix);
        if (tensors.Keys.FirstOrDefault(k => !Parts().Any(p => k.StartsWith(p.Prefix, StringComparison.Ordinal))) is { } stray)
            throw new InvalidDataException($"the weights have '{stray}', which the model does not have");
    }

    /// <summary>Switches between training (dropout, batch statistics) and inference.</summary>
    public void SetTraining(bool on)
    {
        foreach (var (_, module) in Parts())
            module.train(on);
    }

    /// <summary>
    /// Images as the image encoder reads them: stretched to a square, standardised, one channel in place of three equal ones. [B, 1, S, S]
    /// </summary>
    public Tensor ToPixels(IReadOnlyList<GrayImage> images)
    {
        var side = Card.Side;
        var values = new byte[images.Count * side * side];
        for (var i = 0; i < images.Count; i++)
            ImageResizer.Resize(images[i], side, side).Pixels.CopyTo(values, i * side * side);
        using var scope = NewDisposeScope();
        return Standardise(tensor(values, [images.Count, 1, side, side]).to_type(ScalarType.Float32) / 255f).MoveToOuterDisposeScope();
    }

    /// <param name="pixels">[B, 1, S, S] in 0..1.</param>
    public Tensor Standardise(Tensor pixels) => (pixels - Card.Mean) / Card.Deviation;

    public TokenBatch Tokenise(IReadOnlyList<string> texts) => TokenBatch.Pad([.. texts.Select(t => Tokenizer.Encode(t, Card.Tokens))]);

    /// <param name="pixels">As <see cref="ToPixels"/> makes them.</param>
    /// <param name="regions">True if the regions are wanted.</param>
    public ImageEmbeddings EncodeImages(Tensor pixels, bool regions = false)
    {
        using var scope = NewDisposeScope();
        if (Card.Upsampled > 0)
            pixels = nn.functional.interpolate(pixels, size: [Card.Upsampled, Card.Upsampled], mode: InterpolationMode.Bilinear,
                align_corners: true);
        var states = Method.ProjectImages(ImageEncoder.Stages(pixels), regions);
        return new ImageEmbeddings(states.Embeddings.MoveToOuterDisposeScope(), states.Regions?.MoveToOuterDisposeScope());
    }

    public TextEmbeddings EncodeTexts(TokenBatch tokens)
    {
        using var scope = NewDisposeScope();
        var states = Method.ProjectTexts(TextEncoder.forward(tokens.Ids, tokens.Mask), tokens);
        return states with { Embeddings = states.Embeddings.MoveToOuterDisposeScope(), Words = states.Words?.MoveToOuterDisposeScope() };
    }

    /// <summary>Embeddings of length 1. [B, D]</summary>
    public Tensor EmbedImages(IReadOnlyList<GrayImage> images)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Losses.PairSimilarity.L2Normalise(EncodeImages(ToPixels(images)).Embeddings, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Embeddings of length 1. [B, D]</summary>
    public Tensor EmbedTexts(IReadOnlyList<string> texts)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Losses.PairSimilarity.L2Normalise(EncodeTexts(Tokenise(texts)).Embeddings, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Similarity of each image (row) to each text (column), by the method's own comparison. [B, C]</summary>
    public Tensor Similarity(IReadOnlyList<GrayImage> images, IReadOnlyList<string> texts)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Method.Similarity(EncodeImages(ToPixels(images)), EncodeTexts(Tokenise(texts))).MoveToOuterDisposeScope();
    }

    /// <summary>Writes <c>pixel_values → image_embeds, regions</c>.</summary>
    public OnnxGraphWriter EmitImages()
    {
        var g = new OnnxGraphWriter("image_encoder");
        var pixels = g.Input("pixel_values", OnnxElementType.Float, "batch", 3, Card.Side, Card.Side);
        if (Card.Upsampled > 0)
            pixels = g.ResizeBilinear(pixels, 3, Card.Upsampled, g.BatchSize(pixels));
        Method.EmitImages(g, ImageEncoder.Emit(g, "image", pixels));
        return g;
    }

    /// <summary>Writes <c>input_ids, attention_mask → last_hidden_state, text_embeds</c>.</summary>
    public OnnxGraphWriter EmitTexts()
    {
        var g = new OnnxGraphWriter("text_encoder");
        var ids = g.Input("input_ids", OnnxElementType.Int64, "batch", "tokens");
        var mask = g.Cast(g.Input("attention_mask", OnnxElementType.Int64, "batch", "tokens"), OnnxElementType.Float);
        var states = TextEncoder.Emit(g, "text", ids, g.Unsqueeze(mask, 1, 2));
        g.Output("last_hidden_state", states[^1], OnnxElementType.Float, "batch", "tokens", Card.Text.Hidden);
        var marks = g.Add(g.EqualTo(ids, Tokenizer.StartId), g.EqualTo(ids, Tokenizer.EndId));
        var words = g.Mul(mask, g.Add(g.Mul(marks, g.Constant(-1f)), g.Constant(1f)));
        Method.EmitTexts(g, states, g.Unsqueeze(mask, 2), g.Unsqueeze(words, 2));
        return g;
    }

    public void Dispose()
    {
        ImageEncoder.Dispose();
        TextEncoder.Dispose();
        Method.Dispose();
    }

    private IEnumerable<(string Prefix, nn.Module Module)> Parts()
    {
        yield return ("image.", ImageEncoder);
        yield return ("text.", TextEncoder);
        yield return ("image_head.", Method.ImageHead);
        if (Method.TextHead is { } head)
            yield return ("text_head.", head);
    }
}
