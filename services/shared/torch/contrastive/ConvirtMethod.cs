using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Export;
using SynCxr.Mesh.Torch.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Contrastive;

/// <summary>
/// ConVIRT (Zhang et al. 2022): the image's mean feature and the greatest of the token states each go through linear, ReLU, linear;
/// compared by cosine. The last stage's map through the same head is what the regions are.
/// </summary>
internal sealed class ConvirtMethod : IContrastiveMethod
{
    private readonly ConvirtLoss _loss;
    private readonly ProjectionHead _image;
    private readonly ProjectionHead _text;

    public ConvirtMethod(VisionLanguageCard card, int imageChannels)
    {
        _loss = new ConvirtLoss(card.Loss["temperature"], card.Loss["image_to_text"], card.Loss["text_to_image"]);
        (_image, _text) = (new ProjectionHead(imageChannels, card.Embedding), new ProjectionHead(card.Text.Hidden, card.Embedding));
    }

    public nn.Module ImageHead => _image;

    public nn.Module TextHead => _text;

    public ImageEmbeddings ProjectImages(IReadOnlyList<Tensor> stages, bool regions)
    {
        using var scope = NewDisposeScope();
        var last = stages[^1]; // [B, C, h, w]
        var embeddings = _image.forward(last.mean([2, 3])).MoveToOuterDisposeScope(); // [B, D]
        return new ImageEmbeddings(embeddings,
            regions ? _image.forward(last.permute(0, 2, 3, 1)).permute(0, 3, 1, 2).MoveToOuterDisposeScope() : null);
    }

    public TextEmbeddings ProjectTexts(IReadOnlyList<Tensor> states, TokenBatch tokens)
    {
        using var scope = NewDisposeScope();
        var greatest = states[^1].masked_fill(tokens.Mask.logical_not().unsqueeze(2), -3.4e38).amax([1]); // [B, H]
        return new TextEmbeddings(_text.forward(greatest).MoveToOuterDisposeScope(), null, tokens.WordCounts);
    }

    public Tensor Similarity(ImageEmbeddings images, TextEmbeddings texts)
    {
        using var scope = NewDisposeScope();
        return PairSimilarity.CosineMatrix(images.Embeddings, texts.Embeddings).MoveToOuterDisposeScope();
    }

    /// <summary>Cosine of each region with the whole text.</summary>
    public Tensor GroundingMaps(ImageEmbeddings images, TextEmbeddings texts)
    {
        using var scope = NewDisposeScope();
        var regions = PairSimilarity.L2Normalise(images.Regions!, 1);
        var whole = PairSimilarity.L2Normalise(texts.Embeddings, 1);
        return einsum("bdhw,cd->bchw", regions, whole).MoveToOuterDisposeScope();
    }

    public Tensor Loss(ImageEmbeddings images, TextEmbeddings texts) => _loss.Calculate(images.Embeddings, texts.Embeddings);

    public void EmitImages(OnnxGraphWriter graph, IReadOnlyList<string> stages)
    {
        var last = graph.Reshape(stages[^1], 0, 0, -1); // [B, C, hw]
        graph.Output("image_embeds", graph.L2Normalise(_image.Emit(graph, "image_head", graph.Mean(last, 2))), OnnxElementType.Float,
            "batch", _image.Width);
        var regions = _image.Emit(graph, "image_head", graph.Transpose(stages[^1], 0, 2, 3, 1));
        graph.Output("regions", graph.Transpose(regions, 0, 3, 1, 2), OnnxElementType.Float, "batch", _image.Width, "rows", "columns");
    }

    public void EmitTexts(OnnxGraphWriter graph, IReadOnlyList<string> states, string mask, string words)
    {
        var absent = graph.Mul(graph.Add(mask, graph.Constant(-1f)), graph.Constant(1e30f)); // 0 or -1e30
        var greatest = graph.Max(graph.Add(states[^1], absent), 1);
        graph.Output("text_embeds", graph.L2Normalise(_text.Emit(graph, "text_head", greatest)), OnnxElementType.Float, "batch",
            _text.Width);
    }

    public void Dispose()
    {
        _image.Dispose();
        _text.Dispose();
    }
}

/// <summary>Linear, ReLU, linear.</summary>
internal sealed class ProjectionHead : Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public ProjectionHead(int inputs, int outputs)
        : base(nameof(ProjectionHead))
    {
        (fc1, fc2) = (Linear(inputs, outputs), Linear(outputs, outputs));
        Width = outputs;
        RegisterComponents();
    }

    public int Width { get; }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return fc2.forward(functional.relu(fc1.forward(x))).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x) =>
        g.Linear($"{name}.fc2", fc2, g.Op("Relu", g.Linear($"{name}.fc1", fc1, x)));
}
