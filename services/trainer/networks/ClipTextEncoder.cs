using System.Text.Json.Serialization;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Export;
using SynCxr.Mesh.Torch.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Trainer.Networks;

/// <summary>Sizes of the text encoder.</summary>
/// <param name="VocabSize">Entries of vocab.json.</param>
/// <param name="HiddenSize">Width of a state.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="MaxPositions">Tokens a prompt, start and end included.</param>
public sealed record ClipTextEncoderConfig(
    [property: JsonPropertyName("vocab_size")] int VocabSize,
    [property: JsonPropertyName("hidden_size")] int HiddenSize,
    [property: JsonPropertyName("num_hidden_layers")] int Layers,
    [property: JsonPropertyName("num_attention_heads")] int Heads,
    [property: JsonPropertyName("max_position_embeddings")] int MaxPositions)
{
    /// <summary>What the project ships, for a vocabulary of the given size.</summary>
    public static ClipTextEncoderConfig Tiny(int vocabulary) => new(
        vocabulary, HiddenSize: 128, Layers: 2, Heads: 4, MaxPositions: 77);

    /// <summary>For tests.</summary>
    public static ClipTextEncoderConfig Test(int vocabulary) => new(
        vocabulary, HiddenSize: 32, Layers: 1, Heads: 2, MaxPositions: 77);
}

/// <summary>
/// Causal transformer on byte-pair tokens, CLIP's text tower in small (Radford et al. 2021): pre-norm layers, a final norm,
/// every state handed on.
/// </summary>
public sealed class ClipTextEncoder : Module<Tensor, Tensor>
{
    private readonly Embedding token_embedding;
    private readonly Embedding position_embedding;
    private readonly ModuleList<TextLayer> layers;
    private readonly LayerNorm final_norm;
    private readonly Tensor _mask;

    public ClipTextEncoder(ClipTextEncoderConfig config)
        : base(nameof(ClipTextEncoder))
    {
        Config = config;
        token_embedding = Embedding(config.VocabSize, config.HiddenSize);
        position_embedding = Embedding(config.MaxPositions, config.HiddenSize);
        using (no_grad())
        {
            token_embedding.weight!.mul_(0.1f);
            position_embedding.weight!.mul_(0.1f);
        }

        layers = new ModuleList<TextLayer>(
            [.. Enumerable.Range(0, config.Layers).Select(_ => new TextLayer(config.HiddenSize, config.Heads))]);
        final_norm = LayerNorm(config.HiddenSize);
        _mask = full([config.MaxPositions, config.MaxPositions], -1e4f).triu(1).DetachFromDisposeScope();
        RegisterComponents();
    }

    public ClipTextEncoderConfig Config { get; }

    /// <param name="ids">i64 [B, T], T = <see cref="ClipTextEncoderConfig.MaxPositions"/>.</param>
    /// <returns>States [B, T, D].</returns>
    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var h = token_embedding.forward(ids) + position_embedding.weight!.unsqueeze(0); // [B, T, D]
        foreach (var layer in layers)
            h = layer.forward(h, _mask);
        return final_norm.forward(h).MoveToOuterDisposeScope();
    }

    /// <summary>Writes the graph: <c>input_ids → last_hidden_state</c>.</summary>
    public OnnxGraphWriter Emit()
    {
        var g = new OnnxGraphWriter("text_encoder");
        var ids = g.Input("input_ids", OnnxElementType.Int64, "batch", Config.MaxPositions);
        var h = g.Op("Gather", g.Parameter("token_embedding.weight", token_embedding.weight!), ids);
        h = g.Add(h, g.Parameter("position_embedding.weight", position_embedding.weight!));
        var mask = g.Constant(_mask);
        for (var i = 0; i < layers.Count; i++)
            h = layers[i].Emit(g, $"layers.{i}", h, mask);
        g.Output("last_hidden_state", g.LayerNorm("final_norm", final_norm, h), OnnxElementType.Float, "batch", Config.MaxPositions,
            Config.HiddenSize);
        return g;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _mask.Dispose();
        base.Dispose(disposing);
    }

    private sealed class TextLayer : Module<Tensor, Tensor, Tensor>
    {
        private readonly LayerNorm norm1;
        private readonly Attention attn;
        private readonly LayerNorm norm2;
        private readonly Linear fc1;
        private readonly Linear fc2;

        public TextLayer(int width, int heads)
            : base(nameof(TextLayer))
        {
            (norm1, norm2) = (LayerNorm(width), LayerNorm(width));
            attn = new Attention(width, width, heads);
            (fc1, fc2) = (Linear(width, 4 * width), LayerFactory.InitialiseToZero(Linear(4 * width, width)));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x, Tensor mask)
        {
            using var scope = NewDisposeScope();
            var a = norm1.forward(x);
            var h = x + attn.forward(a, a, mask);
            return (h + fc2.forward(functional.silu(fc1.forward(norm2.forward(h))))).MoveToOuterDisposeScope();
        }

        public string Emit(OnnxGraphWriter g, string name, string x, string mask)
        {
            var a = g.LayerNorm($"{name}.norm1", norm1, x);
            var h = g.Add(x, attn.Emit(g, $"{name}.attn", a, a, mask));
            return g.Add(h, g.Linear($"{name}.fc2", fc2, g.Silu(g.Linear($"{name}.fc1", fc1, g.LayerNorm($"{name}.norm2", norm2, h)))));
        }
    }
}
