using SynCxr.Mesh.Torch.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Networks;

/// <summary>Sizes of a BERT.</summary>
/// <param name="VocabSize">Word pieces.</param>
/// <param name="Hidden">Width of a state.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Intermediate">Width between the two linear maps of a layer.</param>
/// <param name="Positions">Most tokens.</param>
/// <param name="Dropout">Share of values that training drops.</param>
public sealed record BertConfig(int VocabSize, int Hidden, int Layers, int Heads, int Intermediate, int Positions, double Dropout)
{
    /// <summary>One of <see cref="BertActivationNames"/>; <c>gelu</c> by default.</summary>
    public string Activation { get; init; } = BertActivationNames.Gelu;

    /// <summary>What a layer norm adds to the variance. Default 1e-12.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Kinds of tokens, as the first and the second text of a pair. Default 2.</summary>
    public int TokenTypes { get; init; } = 2;

    /// <summary>BERT-base cased, the shape of Bio_ClinicalBERT (Alsentzer et al. 2019).</summary>
    public static BertConfig Base { get; } = new(28996, 768, 12, 12, 3072, 512, 0.1);

    /// <summary>For two cores, from scratch.</summary>
    public static BertConfig Tiny(int vocabulary) => new(vocabulary, 128, 2, 4, 512, 128, 0.1);
}

/// <summary>
/// BERT (Devlin et al. 2019) with the parameter names of Hugging Face's <c>BertModel</c>, without its pooler; every hidden state is handed
/// on.
/// </summary>
public sealed class Bert : Module<Tensor, Tensor, IReadOnlyList<Tensor>>
{
    private readonly BertEmbeddings embeddings;
    private readonly BertEncoder encoder;

    public Bert(BertConfig config)
        : base(nameof(Bert))
    {
        Config = config;
        embeddings = new BertEmbeddings(config);
        encoder = new BertEncoder(config);
        RegisterComponents();
        foreach (var (name, parameter) in named_parameters())
        {
            if (name.EndsWith(".bias", StringComparison.Ordinal))
                init.zeros_(parameter);
            else if (!name.Contains("LayerNorm", StringComparison.Ordinal))
                init.normal_(parameter, 0, 0.02);
        }
    }

    public BertConfig Config { get; }

    /// <param name="ids">i64 [B, T], T at most <see cref="BertConfig.Positions"/>.</param>
    /// <param name="mask">[B, T], true where there is a token.</param>
    /// <returns>Layers + 1 states of [B, T, D]: the embedding first, the last layer's last. All tokens are of the first type.</returns>
    public override IReadOnlyList<Tensor> forward(Tensor ids, Tensor mask) => States(ids, mask, null);

    /// <summary>The same, where tokens have types.</summary>
    /// <param name="types">i64 [B, T], below <see cref="BertConfig.TokenTypes"/>; null: all 0.</param>
    public IReadOnlyList<Tensor> States(Tensor ids, Tensor mask, Tensor? types)
    {
        using var scope = NewDisposeScope();
        var hidden = mask.to_type(ScalarType.Bool).logical_not().unsqueeze(1).unsqueeze(1); // [B, 1, 1, T]
        var states = new List<Tensor> { embeddings.forward(ids, types) };
        foreach (var layer in encoder.layer)
            states.Add(layer.forward(states[^1], hidden));
        return [.. states.Select(s => s.MoveToOuterDisposeScope())];
    }

    /// <summary>Writes every hidden state, the embedding first.</summary>
    /// <param name="g">Under construction.</param>
    /// <param name="name">Prefix of the names of its weights, without a dot.</param>
    /// <param name="ids">i64 [B, T].</param>
    /// <param name="mask">[B, 1, 1, T], 1 where there is a token.</param>
    public IReadOnlyList<string> Emit(OnnxGraphWriter g, string name, string ids, string mask)
    {
        var hidden = g.Mul(g.Add(mask, g.Constant(-1f)), g.Constant(1e30f)); // 0 or -1e30
        var states = new List<string> { embeddings.Emit(g, $"{name}.embeddings", ids) };
        for (var i = 0; i < encoder.layer.Count; i++)
            states.Add(encoder.layer[i].Emit(g, $"{name}.encoder.layer.{i}", states[^1], hidden));
        return states;
    }
}

internal sealed class BertEmbeddings : Module<Tensor, Tensor?, Tensor>
{
    private readonly Embedding word_embeddings;
    private readonly Embedding position_embeddings;
    private readonly Embedding token_type_embeddings;
    private readonly LayerNorm LayerNorm;
    private readonly Dropout _dropout;
    private readonly double _eps;

    public BertEmbeddings(BertConfig config)
        : base(nameof(BertEmbeddings))
    {
        word_embeddings = Embedding(config.VocabSize, config.Hidden);
        position_embeddings = Embedding(config.Positions, config.Hidden);
        token_type_embeddings = Embedding(config.TokenTypes, config.Hidden);
        _eps = config.LayerNormEps;
        LayerNorm = LayerNorm(config.Hidden, eps: _eps);
        _dropout = Dropout(config.Dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids, Tensor? types)
    {
        using var scope = NewDisposeScope();
        var type = types is null ? token_type_embeddings.weight![0] : token_type_embeddings.forward(types); // [D] or [B, T, D]
        var h = word_embeddings.forward(ids) + position_embeddings.weight![..(int)ids.shape[1]] + type;
        return _dropout.forward(LayerNorm.forward(h)).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string ids)
    {
        var words = g.Op("Gather", g.Parameter($"{name}.word_embeddings.weight", word_embeddings.weight!), ids); // [B, T, D]
        var places = g.PositionRows(g.Parameter($"{name}.position_embeddings.weight", position_embeddings.weight!), ids); // [T, D]
        // [D]
        var type = g.Op("Gather", g.Parameter($"{name}.token_type_embeddings.weight", token_type_embeddings.weight!), g.Constant(0L));
        return g.LayerNorm($"{name}.LayerNorm", LayerNorm, g.Add(g.Add(words, places), type), (float)_eps);
    }
}

internal sealed class BertEncoder : Module
{
    public readonly ModuleList<BertLayer> layer;

    public BertEncoder(BertConfig config)
        : base(nameof(BertEncoder))
    {
        layer = new ModuleList<BertLayer>([.. Enumerable.Range(0, config.Layers).Select(_ => new BertLayer(config))]);
        RegisterComponents();
    }
}
