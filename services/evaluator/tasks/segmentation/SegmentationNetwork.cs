using SynCxr.Mesh.Torch.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Evaluator.Tasks.Segmentation;

/// <summary>
/// U-Net (Ronneberger et al. 2015) on a ResNet: its five stages are the way down; on the way up each is joined by one 3×3 convolution,
/// group-normalised. One logit a pixel.
/// </summary>
public sealed class SegmentationNetwork : Module<Tensor, Tensor>
{
    private readonly ResNet encoder;
    private readonly ModuleList<Conv2d> join;
    private readonly ModuleList<GroupNorm> norm;
    private readonly Conv2d output;

    /// <param name="encoder">Learns with the rest; the caller disposes of it.</param>
    public SegmentationNetwork(ResNet encoder)
        : base(nameof(SegmentationNetwork))
    {
        this.encoder = encoder;
        var config = encoder.Config;
        int[] down = [config.Width, .. Enumerable.Range(0, 4).Select(config.Channels)];
        // a quarter of the last stage's width and less
        int[] up = [.. Enumerable.Range(0, 4).Select(i => down[3 - i]), LayerFactory.ChannelMultiple];
        join = new ModuleList<Conv2d>(
            [.. Enumerable.Range(0, 5)
                .Select(i => LayerFactory.CreateConv3x3((i == 0 ? down[4] : up[i - 1]) + (i < 4 ? down[3 - i] : 0), up[i]))]);
        norm = new ModuleList<GroupNorm>([.. up.Select(c => LayerFactory.CreateGroupNorm(c))]);
        output = LayerFactory.CreateConv1x1(LayerFactory.ChannelMultiple, 1);
        RegisterComponents();
    }

    /// <param name="pixels">[B, 1, S, S], standardised; S a multiple of 32.</param>
    /// <returns>[B, S, S].</returns>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var stages = encoder.Stages(pixels);
        var h = stages[4];
        for (var i = 0; i < join.Count; i++)
        {
            h = LayerFactory.UpsampleNearest(h);
            if (i < 4)
                h = cat([h, stages[3 - i]], 1);
            h = functional.relu(norm[i].forward(join[i].forward(h))); // [B, up, S / 2^(4-i), ...]
        }

        return output.forward(h).squeeze(1).MoveToOuterDisposeScope();
    }
}
