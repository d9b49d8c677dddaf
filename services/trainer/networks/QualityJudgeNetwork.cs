using System.Text.Json.Serialization;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Export;
using SynCxr.Mesh.Torch.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Trainer.Networks;

/// <summary>Sizes of the quality judge.</summary>
/// <param name="InputSize">Side of its square input in pixels.</param>
/// <param name="Widths">Channels of each stage, each at half the side of the one before; multiples of 16.</param>
/// <param name="Embedding">Width of the embedding.</param>
/// <param name="Heads">Yes/no questions.</param>
public sealed record QualityJudgeConfig(
    [property: JsonPropertyName("input_size")] int InputSize,
    [property: JsonPropertyName("widths")] IReadOnlyList<int> Widths,
    [property: JsonPropertyName("embedding")] int Embedding,
    [property: JsonPropertyName("heads")] int Heads)
{
    /// <summary>What the project ships.</summary>
    public static QualityJudgeConfig Tiny { get; } = new(
        InputSize: 64, Widths: [32, 48, 96, 128], Embedding: 128, Heads: 6);

    /// <summary>For tests.</summary>
    public static QualityJudgeConfig Test { get; } = new(InputSize: 64, Widths: [16, 16, 16, 32], Embedding: 32, Heads: 6);
}

/// <summary>
/// Small residual network for judging image quality. It has group norms, not batch norms: an answer never depends on the other images of a
/// batch.
/// </summary>
public sealed class QualityJudgeNetwork : Module<Tensor, (Tensor Logits, Tensor Embedding)>
{
    private readonly ModuleList<Conv2d> reduce;
    private readonly ModuleList<ResBlock> blocks;
    private readonly GroupNorm norm_out;
    private readonly Linear heads;
    private readonly Linear embed;

    public QualityJudgeNetwork(QualityJudgeConfig config)
        : base(nameof(QualityJudgeNetwork))
    {
        Config = config;
        var inputs = config.Widths.Prepend(1);
        reduce = new ModuleList<Conv2d>([.. inputs.Zip(config.Widths, (i, o) => LayerFactory.CreateConv3x3(i, o, stride: 2))]);
        blocks = new ModuleList<ResBlock>([.. config.Widths.Select(w => new ResBlock(w, w))]);
        norm_out = LayerFactory.CreateGroupNorm(config.Widths[^1]);
        heads = Linear(2 * config.Widths[^1], config.Heads);
        embed = Linear(config.Widths[^1], config.Embedding);
        RegisterComponents();
    }

    public QualityJudgeConfig Config { get; }

    /// <param name="pixels">[B, 1, 64, 64] in 0..1.</param>
    /// <returns>Logits [B, heads] and embeddings [B, D] of length 1.</returns>
    public override (Tensor Logits, Tensor Embedding) forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var h = pixels * 2f - 1f;
        for (var i = 0; i < blocks.Count; i++)
            h = blocks[i].forward(reduce[i].forward(h), null); // [B, W, side, side]
        h = functional.silu(norm_out.forward(h)).flatten(2); // [B, W, positions]
        var (mean, max) = (h.mean([2]), h.amax([2]));
        var e = embed.forward(mean); // [B, D]
        e = e / (e.square().sum(1, keepdim: true) + 1e-12f).sqrt();
        return (heads.forward(cat([mean, max], 1)).MoveToOuterDisposeScope(), e.MoveToOuterDisposeScope());
    }

    /// <summary>What each stage sees, finest first; for losses on features instead of pixels.</summary>
    /// <param name="pixels">[B, 1, H, W] in 0..1; sides divide by 2^stages.</param>
    /// <returns>[B, W, H/2, W/2], then half the side each.</returns>
    public IReadOnlyList<Tensor> Stages(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var h = pixels * 2f - 1f;
        var stages = new List<Tensor>();
        for (var i = 0; i < blocks.Count; i++)
            stages.Add(h = blocks[i].forward(reduce[i].forward(h), null));
        return [.. stages.Select(s => s.MoveToOuterDisposeScope())];
    }

    /// <summary>Writes the graph: <c>pixels → logits, embedding</c>.</summary>
    public OnnxGraphWriter Emit()
    {
        var g = new OnnxGraphWriter("judge");
        var h = g.Input("pixels", OnnxElementType.Float, "batch", 1, Config.InputSize, Config.InputSize);
        h = g.Add(g.Mul(h, g.Constant(2f)), g.Constant(-1f));
        for (var i = 0; i < blocks.Count; i++)
            h = blocks[i].Emit(g, $"blocks.{i}", g.Conv($"reduce.{i}", reduce[i], h));
        h = g.Reshape(g.Silu(g.GroupNorm("norm_out", norm_out, h)), 0, 0, -1);
        var (mean, max) = (g.Mean(h, 2), g.Max(h, 2));
        g.Output("logits", g.Linear("heads", heads, g.Concat(1, mean, max)), OnnxElementType.Float, "batch", Config.Heads);
        var e = g.Linear("embed", embed, mean);
        var length = g.Op("Sqrt", g.Add(g.Sum(g.Mul(e, e), 1), g.Constant(1e-12f)));
        g.Output("embedding", g.Op("Div", e, length), OnnxElementType.Float, "batch", Config.Embedding);
        return g;
    }
}
