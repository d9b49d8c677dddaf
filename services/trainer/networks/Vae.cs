using System.Text.Json.Serialization;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Export;
using SynCxr.Mesh.Torch.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Trainer.Networks;

/// <summary>Sizes of the autoencoder. The side shrinks by 4, or with four widths by 8.</summary>
/// <param name="LatentChannels">Channels of the latent.</param>
/// <param name="BlockOutChannels">Widths at full, half, quarter and perhaps eighth side; multiples of 16.</param>
/// <param name="SampleSize">Side of an image in pixels.</param>
/// <param name="ScalingFactor">1: the decoder holds the latents' statistics itself, by channel.</param>
public sealed record VaeConfig(
    [property: JsonPropertyName("latent_channels")] int LatentChannels,
    [property: JsonPropertyName("block_out_channels")] IReadOnlyList<int> BlockOutChannels,
    [property: JsonPropertyName("sample_size")] int SampleSize,
    [property: JsonPropertyName("scaling_factor")] double ScalingFactor)
{
    /// <summary>What the project ships.</summary>
    public static VaeConfig Tiny { get; } = new(
        LatentChannels: 4, BlockOutChannels: [16, 48, 96], SampleSize: 64, ScalingFactor: 1.0);

    /// <summary>128×128 pixels, latents of 16×16.</summary>
    public static VaeConfig Small { get; } = new(
        LatentChannels: 8, BlockOutChannels: [16, 32, 64, 128], SampleSize: 128, ScalingFactor: 1.0);

    /// <summary>For tests.</summary>
    public static VaeConfig Test { get; } = new(
        LatentChannels: 4, BlockOutChannels: [16, 16, 16], SampleSize: 64, ScalingFactor: 1.0);

    /// <summary>For tests of four widths.</summary>
    public static VaeConfig SmallTest { get; } = new(
        LatentChannels: 8, BlockOutChannels: [16, 16, 16, 16], SampleSize: 64, ScalingFactor: 1.0);

    /// <summary>Pixels of an image's side for one of the latent's.</summary>
    [JsonIgnore]
    public int Shrink => 1 << (BlockOutChannels.Count - 1);
}

/// <summary>Image to latent: mean and log-variance of a Gaussian (Kingma and Welling 2014).</summary>
public sealed class VaeEncoder : Module<Tensor, (Tensor Mean, Tensor LogVariance)>
{
    private readonly Conv2d conv_in;
    private readonly ResBlock block1;
    private readonly Conv2d down;
    private readonly ResBlock? block_quarter;
    private readonly Conv2d? down_quarter;
    private readonly ResBlock block2;
    private readonly ResBlock block3;
    private readonly GroupNorm norm_out;
    private readonly Conv2d conv_out;

    public VaeEncoder(VaeConfig config)
        : base(nameof(VaeEncoder))
    {
        var (mid, quarter, deep) = (config.BlockOutChannels[1], config.BlockOutChannels[2], config.BlockOutChannels[^1]);
        conv_in = LayerFactory.CreateConv3x3(1, mid, stride: 2);
        block1 = new ResBlock(mid, mid);
        down = LayerFactory.CreateConv3x3(mid, quarter, stride: 2);
        if (config.BlockOutChannels.Count > 3)
        {
            block_quarter = new ResBlock(quarter, quarter);
            down_quarter = LayerFactory.CreateConv3x3(quarter, deep, stride: 2);
        }

        block2 = new ResBlock(deep, deep);
        block3 = new ResBlock(deep, deep);
        norm_out = LayerFactory.CreateGroupNorm(deep);
        conv_out = LayerFactory.CreateConv1x1(deep, 2 * config.LatentChannels);
        RegisterComponents();
    }

    /// <param name="pixels">[B, 1, H, W] in -1..1.</param>
    /// <returns>Both [B, L, h, w], before scaling; h is H divided by <see cref="VaeConfig.Shrink"/>.</returns>
    public override (Tensor Mean, Tensor LogVariance) forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var h = block1.forward(conv_in.forward(pixels), null); // [B, M, H/2, W/2]
        h = down.forward(h); // [B, Q, H/4, W/4]
        if (down_quarter is not null)
            h = down_quarter.forward(block_quarter!.forward(h, null)); // [B, D, H/8, W/8]
        h = block3.forward(block2.forward(h, null), null); // [B, D, h, w]
        var parts = conv_out.forward(functional.silu(norm_out.forward(h))).chunk(2, 1);
        return (parts[0].MoveToOuterDisposeScope(), parts[1].clamp(-20, 10).MoveToOuterDisposeScope());
    }
}

/// <summary>Latent to image.</summary>
public sealed class VaeDecoder : Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly ResBlock block1;
    private readonly ResBlock block2;
    private readonly Conv2d? up_quarter;
    private readonly ResBlock? block_quarter;
    private readonly Conv2d up1;
    private readonly ResBlock block3;
    private readonly Conv2d up2;
    private readonly ResBlock block4;
    private readonly GroupNorm norm_out;
    private readonly Conv2d conv_out;
    private readonly Parameter latent_scale;
    private readonly Parameter latent_shift;

    public VaeDecoder(VaeConfig config)
        : base(nameof(VaeDecoder))
    {
        Config = config;
        var (fine, mid, quarter, deep) =
            (config.BlockOutChannels[0], config.BlockOutChannels[1], config.BlockOutChannels[2], config.BlockOutChannels[^1]);
        conv_in = LayerFactory.CreateConv3x3(config.LatentChannels, deep);
        block1 = new ResBlock(deep, deep);
        block2 = new ResBlock(deep, deep);
        if (config.BlockOutChannels.Count > 3)
        {
            up_quarter = LayerFactory.CreateConv3x3(deep, quarter);
            block_quarter = new ResBlock(quarter, quarter);
        }

        up1 = LayerFactory.CreateConv3x3(quarter, mid);
        block3 = new ResBlock(mid, mid);
        up2 = LayerFactory.CreateConv3x3(mid, fine);
        block4 = new ResBlock(fine, fine);
        norm_out = LayerFactory.CreateGroupNorm(fine);
        conv_out = LayerFactory.CreateConv1x1(fine, 1);
        latent_scale = Parameter(ones(1, config.LatentChannels, 1, 1), requires_grad: false);
        latent_shift = Parameter(zeros(1, config.LatentChannels, 1, 1), requires_grad: false);
        RegisterComponents();
    }

    public VaeConfig Config { get; }

    /// <summary>
    /// Takes the latents' mean and deviation by channel, [1, L, 1, 1], into the decoder: from here on it reads latents of mean 0
    /// and deviation 1, which is what the U-Net is trained on, and the scaling factor of the export is 1.
    /// </summary>
    public void Standardise(Tensor mean, Tensor deviation)
    {
        using var _ = no_grad();
        latent_shift.copy_(mean);
        latent_scale.copy_(deviation);
    }

    /// <param name="latent">[B, L, h, w], of mean 0 and deviation 1 once standardised.</param>
    /// <returns>[B, 1, H, W], about -1..1; H is h times <see cref="VaeConfig.Shrink"/>.</returns>
    public override Tensor forward(Tensor latent)
    {
        using var scope = NewDisposeScope();
        var h = block2.forward(block1.forward(conv_in.forward(latent * latent_scale + latent_shift), null), null); // [B, D, h, w]
        if (up_quarter is not null)
            h = block_quarter!.forward(up_quarter.forward(LayerFactory.UpsampleNearest(h)), null); // [B, Q, H/4, W/4]
        h = block3.forward(up1.forward(LayerFactory.UpsampleNearest(h)), null); // [B, M, H/2, W/2]
        h = block4.forward(up2.forward(LayerFactory.UpsampleNearest(h)), null); // [B, F, H, W]
        return conv_out.forward(functional.silu(norm_out.forward(h))).MoveToOuterDisposeScope();
    }

    /// <summary>Writes the graph: <c>latent_sample → sample</c>.</summary>
    public OnnxGraphWriter Emit()
    {
        var g = new OnnxGraphWriter("vae_decoder");
        var latent = g.Input("latent_sample", OnnxElementType.Float, "batch", Config.LatentChannels, "height", "width");
        var raw = g.Add(g.Mul(latent, g.Parameter("latent_scale", latent_scale)), g.Parameter("latent_shift", latent_shift));
        var h = block1.Emit(g, "block1", g.Conv("conv_in", conv_in, raw));
        h = block2.Emit(g, "block2", h);
        if (up_quarter is not null)
            h = block_quarter!.Emit(g, "block_quarter", g.Conv("up_quarter", up_quarter, g.UpsampleNearest(h)));
        h = block3.Emit(g, "block3", g.Conv("up1", up1, g.UpsampleNearest(h)));
        h = block4.Emit(g, "block4", g.Conv("up2", up2, g.UpsampleNearest(h)));
        g.Output("sample", g.Conv("conv_out", conv_out, g.Silu(g.GroupNorm("norm_out", norm_out, h))), OnnxElementType.Float,
            "batch", 1, "height_out", "width_out");
        return g;
    }
}
