using SynCxr.Mesh.Torch.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Evaluator.Classifiers;

/// <summary>Sizes of the classifier.</summary>
/// <param name="InputSize">Side of its square input in pixels.</param>
/// <param name="Widths">Channels of each stage, each at half the side of the one before; multiples of 16.</param>
/// <param name="Labels">Yes/no labels.</param>
public sealed record ImageClassifierConfig(int InputSize, IReadOnlyList<int> Widths, int Labels)
{
    /// <summary>Two or three minutes of two cores for the Kermany set.</summary>
    public static ImageClassifierConfig Tiny(int labels) => new(64, [16, 32, 64, 128], labels);

    /// <summary>For tests.</summary>
    public static ImageClassifierConfig Test(int labels) => new(64, [16, 16, 16, 16], labels);

    public override string ToString() => $"{InputSize} [{string.Join(' ', Widths)}] {Labels}";
}

/// <summary>Small supervised residual network, one logit a label. Group norms: an answer never depends on its batch.</summary>
public sealed class ImageClassifier : Module<Tensor, Tensor>
{
    private readonly ModuleList<Conv2d> reduce;
    private readonly ModuleList<ResBlock> blocks;
    private readonly GroupNorm norm_out;
    private readonly Linear heads;

    public ImageClassifier(ImageClassifierConfig config)
        : base(nameof(ImageClassifier))
    {
        Config = config;
        reduce = new ModuleList<Conv2d>(
            [.. config.Widths.Prepend(1).Zip(config.Widths, (i, o) => LayerFactory.CreateConv3x3(i, o, stride: 2))]);
        blocks = new ModuleList<ResBlock>([.. config.Widths.Select(w => new ResBlock(w, w))]);
        norm_out = LayerFactory.CreateGroupNorm(config.Widths[^1]);
        heads = Linear(2 * config.Widths[^1], config.Labels);
        RegisterComponents();
    }

    public ImageClassifierConfig Config { get; }

    /// <param name="pixels">[B, 1, H, W] in 0..1.</param>
    /// <returns>Logits [B, labels].</returns>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var h = pixels * 2f - 1f;
        for (var i = 0; i < blocks.Count; i++)
            h = blocks[i].forward(reduce[i].forward(h), null); // [B, W, side, side]
        h = functional.silu(norm_out.forward(h)).flatten(2); // [B, W, positions]
        return heads.forward(cat([h.mean([2]), h.amax([2])], 1)).MoveToOuterDisposeScope();
    }
}
