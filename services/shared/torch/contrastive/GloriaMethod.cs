using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Export;
using SynCxr.Mesh.Torch.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Contrastive;

/// <summary>
/// GLoRIA (Huang et al. 2021): the image's mean feature and the third stage's map, each through one linear map, meet the sum of the
/// text encoder's last four states. A word is the sum of its pieces, a text the mean of its words. [CLS] and [SEP] are no words, neither
/// in training nor later (the authors' code counts [CLS] in training only).
/// </summary>
internal sealed class GloriaMethod : IContrastiveMethod
{
    private const int States = 4;
    private readonly GloriaLoss _loss;
    private readonly GloriaImageHead _image;

    public GloriaMethod(VisionLanguageCard card, int regionChannels, int imageChannels)
    {
        if (card.Embedding != card.Text.Hidden)
            throw new InvalidDataException(
                $"vision_language.embedding: must be text.hidden ({card.Text.Hidden}) for {ContrastiveMethodNames.Gloria}, which has no "
                    + $"text head, not {card.Embedding}");
        _loss = new GloriaLoss(card.Loss["attention"], card.Loss["words"], card.Loss["matching"], card.Loss["local"], card.Loss["global"]);
        _image = new GloriaImageHead(regionChannels, imageChannels, card.Embedding);
    }

    public nn.Module ImageHead => _image;

    public nn.Module? TextHead => null;

    /// <summary>The regions are always made: the loss and the comparison read them.</summary>
    public ImageEmbeddings ProjectImages(IReadOnlyList<Tensor> stages, bool regions)
    {
        using var scope = NewDisposeScope();
        return new ImageEmbeddings(_image.Global(stages[^1].mean([2, 3])).MoveToOuterDisposeScope(),
            _image.Local(stages[^2]).MoveToOuterDisposeScope());
    }

    public TextEmbeddings ProjectTexts(IReadOnlyList<Tensor> states, TokenBatch tokens)
    {
        using var scope = NewDisposeScope();
        var sum = states.Skip(Math.Max(1, states.Count - States)).Aggregate((a, b) => a + b); // [B, T, D]
        var words = matmul(tokens.WordMembership, sum); // [B, W, D]
        var counts = tensor([.. tokens.WordCounts.Select(c => Math.Max(1f, c))]).unsqueeze(1);
        return new TextEmbeddings((words.sum(1) / counts).MoveToOuterDisposeScope(), words.transpose(1, 2).MoveToOuterDisposeScope(),
            tokens.WordCounts);
    }

    /// <summary>
    /// Mean of the cosine of image and text and of the greatest cosine of a word and what it looks at, as the authors compare.
    /// </summary>
    public Tensor Similarity(ImageEmbeddings images, TextEmbeddings texts)
    {
        using var scope = NewDisposeScope();
        var local = _loss.BestWordScores(images.Regions!.flatten(2), texts.Words!, Spoken(texts));
        return ((PairSimilarity.CosineMatrix(images.Embeddings, texts.Embeddings) + local) / 2).MoveToOuterDisposeScope();
    }

    /// <summary>What the words of the text look at, on average.</summary>
    public Tensor GroundingMaps(ImageEmbeddings images, TextEmbeddings texts)
    {
        using var scope = NewDisposeScope();
        var regions = images.Regions!;
        return _loss.WordAttention(regions.flatten(2), texts.Words!, Spoken(texts)).unflatten(2, regions.shape[2], regions.shape[3])
            .MoveToOuterDisposeScope();
    }

    /// <summary>A text without words has one of zeros, which is like nothing.</summary>
    private static int[] Spoken(TextEmbeddings texts) => [.. texts.WordCounts.Select(c => Math.Max(1, c))];

    public Tensor Loss(ImageEmbeddings images, TextEmbeddings texts)
    {
        using var scope = NewDisposeScope();
        return _loss.Calculate(images.Embeddings, texts.Embeddings, images.Regions!.flatten(2), texts.Words!, texts.WordCounts)
            .MoveToOuterDisposeScope();
    }

    public void EmitImages(OnnxGraphWriter graph, IReadOnlyList<string> stages)
    {
        var (whole, parts) = _image.Emit(graph, "image_head", graph.Mean(graph.Reshape(stages[^1], 0, 0, -1), 2), stages[^2]);
        graph.Output("image_embeds", graph.L2Normalise(whole), OnnxElementType.Float, "batch", _image.Width);
        graph.Output("regions", parts, OnnxElementType.Float, "batch", _image.Width, "rows", "columns");
    }

    /// <summary>The mean of the words and the sum of all pieces differ in length only.</summary>
    public void EmitTexts(OnnxGraphWriter graph, IReadOnlyList<string> states, string mask, string words)
    {
        var sum = states.Skip(Math.Max(1, states.Count - States)).Aggregate(graph.Add);
        graph.Output("token_embeds", sum, OnnxElementType.Float, "batch", "tokens", _image.Width);
        var total = graph.Reshape(graph.Sum(graph.Mul(sum, words), 1), 0, -1);
        graph.Output("text_embeds", graph.L2Normalise(total), OnnxElementType.Float, "batch", _image.Width);
    }

    public void Dispose() => _image.Dispose();
}

internal sealed class GloriaImageHead : Module
{
    private readonly Linear global_embedder;
    private readonly Conv2d local_embedder;

    public GloriaImageHead(int regionChannels, int imageChannels, int embedding)
        : base(nameof(GloriaImageHead))
    {
        global_embedder = Linear(imageChannels, embedding);
        local_embedder = Conv2d(regionChannels, embedding, kernel_size: 1, bias: false);
        Width = embedding;
        RegisterComponents();
    }

    public int Width { get; }

    public Tensor Global(Tensor features) => global_embedder.forward(features);

    public Tensor Local(Tensor regions) => local_embedder.forward(regions);

    public (string Whole, string Parts) Emit(OnnxGraphWriter g, string name, string features, string regions) =>
        (g.Linear($"{name}.global_embedder", global_embedder, features), g.Conv($"{name}.local_embedder", local_embedder, regions));
}
