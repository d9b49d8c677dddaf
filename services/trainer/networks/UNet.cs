using System.Text.Json.Serialization;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Export;
using SynCxr.Mesh.Torch.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Trainer.Networks;

/// <summary>Sizes of the denoising U-Net.</summary>
/// <param name="InChannels">Latent channels.</param>
/// <param name="BlockOutChannels">Width of each level, finest first; multiples of 16.</param>
/// <param name="LayersPerBlock">Residual blocks a level.</param>
/// <param name="AttentionLevels">Which levels carry transformer blocks.</param>
/// <param name="CrossAttentionDim">Width of the text encoder's states.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="SampleSize">Side of the latent that it is trained on.</param>
public sealed record UNetConfig(
    [property: JsonPropertyName("in_channels")] int InChannels,
    [property: JsonPropertyName("block_out_channels")] IReadOnlyList<int> BlockOutChannels,
    [property: JsonPropertyName("layers_per_block")] int LayersPerBlock,
    [property: JsonPropertyName("attention_levels")] IReadOnlyList<bool> AttentionLevels,
    [property: JsonPropertyName("cross_attention_dim")] int CrossAttentionDim,
    [property: JsonPropertyName("attention_heads")] int Heads,
    [property: JsonPropertyName("sample_size")] int SampleSize)
{
    /// <summary>2 M weights; attention at 8×8 only. What the project ships.</summary>
    public static UNetConfig Tiny { get; } = new(
        InChannels: 4, BlockOutChannels: [48, 96], LayersPerBlock: 1, AttentionLevels: [false, true], CrossAttentionDim: 128, Heads: 4,
        SampleSize: 16);

    /// <summary>For latents of 8 channels, two residual blocks a level.</summary>
    public static UNetConfig Small { get; } = new(
        InChannels: 8, BlockOutChannels: [64, 128], LayersPerBlock: 2, AttentionLevels: [false, true], CrossAttentionDim: 128, Heads: 4,
        SampleSize: 16);

    /// <summary>For tests of latents of 8 channels.</summary>
    public static UNetConfig SmallTest { get; } = new(
        InChannels: 8, BlockOutChannels: [16, 32], LayersPerBlock: 1, AttentionLevels: [false, true], CrossAttentionDim: 32, Heads: 2,
        SampleSize: 8);

    /// <summary>For tests: trains in seconds.</summary>
    public static UNetConfig Test { get; } = new(
        InChannels: 4, BlockOutChannels: [16, 32], LayersPerBlock: 1, AttentionLevels: [false, true], CrossAttentionDim: 32, Heads: 2,
        SampleSize: 16);

    [JsonIgnore]
    internal int Embedding => 4 * BlockOutChannels[0];
}

/// <summary>
/// Denoising U-Net (Ronneberger et al. 2015; cross-attention after Rombach et al. 2022), predicting v (Salimans and Ho 2022).
/// Timestep, pooled text and the native size of the source are added up to one embedding that every residual block reads.
/// </summary>
public sealed class UNet : Module<Tensor, Tensor, Tensor, Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly Linear time1;
    private readonly Linear time2;
    private readonly Linear size1;
    private readonly Linear size2;
    private readonly Linear text_pool;
    private readonly ModuleList<Module> down;
    private readonly ResBlock mid1;
    private readonly SpatialTransformer mid_attn;
    private readonly ResBlock mid2;
    private readonly ModuleList<Module> up;
    private readonly GroupNorm norm_out;
    private readonly Conv2d conv_out;
    private readonly Tensor _frequencies;

    public UNet(UNetConfig config)
        : base(nameof(UNet))
    {
        Config = config;
        int first = config.BlockOutChannels[0], e = config.Embedding;
        conv_in = LayerFactory.CreateConv3x3(config.InChannels, first);
        (time1, time2) = (Linear(first, e), Linear(e, e));
        (size1, size2) = (Linear(1, e), Linear(e, e));
        text_pool = Linear(config.CrossAttentionDim, e);
        _frequencies = Frequencies(first);

        var skips = new Stack<int>([first]);
        var width = first;
        var downward = new List<Module>();
        for (var level = 0; level < config.BlockOutChannels.Count; level++)
        {
            for (var i = 0; i < config.LayersPerBlock; i++)
            {
                downward.Add(new Stage(width, width = config.BlockOutChannels[level], config, level));
                skips.Push(width);
            }

            if (level == config.BlockOutChannels.Count - 1)
                break;
            downward.Add(LayerFactory.CreateConv3x3(width, width, stride: 2));
            skips.Push(width);
        }

        mid1 = new ResBlock(width, width, e);
        mid_attn = new SpatialTransformer(width, config.CrossAttentionDim, config.Heads);
        mid2 = new ResBlock(width, width, e);

        var upward = new List<Module>();
        for (var level = config.BlockOutChannels.Count - 1; level >= 0; level--)
        {
            for (var i = 0; i <= config.LayersPerBlock; i++)
                upward.Add(new Stage(width + skips.Pop(), width = config.BlockOutChannels[level], config, level));
            if (level > 0)
                upward.Add(LayerFactory.CreateConv3x3(width, width));
        }

        (down, up) = (new ModuleList<Module>([.. downward]), new ModuleList<Module>([.. upward]));
        norm_out = LayerFactory.CreateGroupNorm(width);
        conv_out = LayerFactory.InitialiseToZero(LayerFactory.CreateConv1x1(width, config.InChannels));
        RegisterComponents();
    }

    public UNetConfig Config { get; }

    /// <param name="sample">Noisy latent [B, C, h, w]; h and w divide by 2^(levels - 1).</param>
    /// <param name="timestep">i64 [B], 0..999.</param>
    /// <param name="text">Text states [B, T, D].</param>
    /// <param name="nativeSize">f32 [B, 1], side of the source's images in pixels.</param>
    /// <returns>v [B, C, h, w].</returns>
    public override Tensor forward(Tensor sample, Tensor timestep, Tensor text, Tensor nativeSize)
    {
        using var scope = NewDisposeScope();
        var angles = timestep.to_type(ScalarType.Float32).unsqueeze(1) * _frequencies; // [B, F/2]
        var waves = cat([cos(angles), sin(angles)], 1);
        var e = time2.forward(functional.silu(time1.forward(waves)))
            + size2.forward(functional.silu(size1.forward(nativeSize / 224f)))
            + text_pool.forward(text.mean([1])); // [B, E]

        var h = conv_in.forward(sample);
        var skips = new Stack<Tensor>([h]);
        foreach (var module in down)
            skips.Push(h = module is Stage stage ? stage.forward(h, e, text) : ((Conv2d)module).forward(h));
        h = mid2.forward(mid_attn.forward(mid1.forward(h, e), text), e);
        foreach (var module in up)
            h = module is Stage stage ? stage.forward(cat([h, skips.Pop()], 1), e, text)
                : ((Conv2d)module).forward(LayerFactory.UpsampleNearest(h));
        return conv_out.forward(functional.silu(norm_out.forward(h))).MoveToOuterDisposeScope(); // [B, C, h, w]
    }

    /// <summary>Writes the graph: <c>sample, timestep, encoder_hidden_states, time_ids → out_sample</c>.</summary>
    public OnnxGraphWriter Emit()
    {
        var g = new OnnxGraphWriter("unet");
        var sample = g.Input("sample", OnnxElementType.Float, "batch", Config.InChannels, "height", "width");
        var timestep = g.Input("timestep", OnnxElementType.Int64, "batch");
        var text = g.Input("encoder_hidden_states", OnnxElementType.Float, "batch", "sequence", Config.CrossAttentionDim);
        var size = g.Input("time_ids", OnnxElementType.Float, "batch", 1);

        var angles = g.Mul(g.Unsqueeze(g.Cast(timestep, OnnxElementType.Float), 1), g.Constant(_frequencies));
        var waves = g.Concat(1, g.Op("Cos", angles), g.Op("Sin", angles));
        var e = g.Linear("time2", time2, g.Silu(g.Linear("time1", time1, waves)));
        e = g.Add(e, g.Linear("size2", size2, g.Silu(g.Linear("size1", size1, g.Mul(size, g.Constant(1f / 224f))))));
        e = g.Add(e, g.Linear("text_pool", text_pool, g.Mean(text, 1)));

        var h = g.Conv("conv_in", conv_in, sample);
        var skips = new Stack<string>([h]);
        for (var i = 0; i < down.Count; i++)
            skips.Push(h = down[i] is Stage stage ? stage.Emit(g, $"down.{i}", h, e, text) : g.Conv($"down.{i}", (Conv2d)down[i], h));
        h = mid1.Emit(g, "mid1", h, e);
        h = mid2.Emit(g, "mid2", mid_attn.Emit(g, "mid_attn", h, text), e);
        for (var i = 0; i < up.Count; i++)
            h = up[i] is Stage stage
                ? stage.Emit(g, $"up.{i}", g.Concat(1, h, skips.Pop()), e, text)
                : g.Conv($"up.{i}", (Conv2d)up[i], g.UpsampleNearest(h));
        g.Output("out_sample", g.Conv("conv_out", conv_out, g.Silu(g.GroupNorm("norm_out", norm_out, h))), OnnxElementType.Float,
            "batch", Config.InChannels, "height", "width");
        return g;
    }

    /// <summary>10000^(-i / half), Vaswani et al. 2017.</summary>
    private static Tensor Frequencies(int width) =>
        tensor([.. Enumerable.Range(0, width / 2).Select(i => (float)Math.Exp(-Math.Log(10_000) * i / (width / 2)))])
            .DetachFromDisposeScope();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _frequencies.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A residual block and, on levels that have it, a transformer block.</summary>
    private sealed class Stage : Module<Tensor, Tensor, Tensor, Tensor>
    {
        private readonly ResBlock res;
        private readonly SpatialTransformer? attn;

        public Stage(int inputs, int outputs, UNetConfig config, int level)
            : base(nameof(Stage))
        {
            res = new ResBlock(inputs, outputs, config.Embedding);
            attn = config.AttentionLevels[level] ? new SpatialTransformer(outputs, config.CrossAttentionDim, config.Heads) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x, Tensor e, Tensor text)
        {
            var h = res.forward(x, e);
            return attn is null ? h : attn.forward(h, text);
        }

        public string Emit(OnnxGraphWriter g, string name, string x, string e, string text)
        {
            var h = res.Emit(g, $"{name}.res", x, e);
            return attn is null ? h : attn.Emit(g, $"{name}.attn", h, text);
        }
    }
}
