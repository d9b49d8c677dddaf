using SynCxr.Mesh.Torch.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Trainer.Networks;

/// <summary>
/// Says of each patch of an image whether it looks like a decoder's (Isola et al. 2017): three halvings, then one number for each place,
/// above zero for a real patch. A place sees 31×31 pixels.
/// </summary>
public sealed class PatchDiscriminator : Module<Tensor, Tensor>
{
    private static readonly int[] _widths = [32, 64, 96];
    private readonly ModuleList<Conv2d> reduce;
    private readonly ModuleList<GroupNorm> norms;
    private readonly Conv2d conv;
    private readonly GroupNorm norm_out;
    private readonly Conv2d conv_out;

    public PatchDiscriminator()
        : base(nameof(PatchDiscriminator))
    {
        reduce = new ModuleList<Conv2d>([.. _widths.Prepend(1).Zip(_widths, (i, o) => LayerFactory.CreateConv3x3(i, o, stride: 2))]);
        norms = new ModuleList<GroupNorm>([.. _widths.Skip(1).Select(w => LayerFactory.CreateGroupNorm(w))]);
        conv = LayerFactory.CreateConv3x3(_widths[^1], _widths[^1]);
        norm_out = LayerFactory.CreateGroupNorm(_widths[^1]);
        conv_out = LayerFactory.CreateConv1x1(_widths[^1], 1);
        RegisterComponents();
    }

    /// <param name="pixels">[B, 1, H, W] in -1..1.</param>
    /// <returns>[B, 1, H/8, W/8].</returns>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var h = functional.leaky_relu(reduce[0].forward(pixels), 0.2);
        for (var i = 1; i < reduce.Count; i++)
            h = functional.leaky_relu(norms[i - 1].forward(reduce[i].forward(h)), 0.2);
        h = functional.leaky_relu(norm_out.forward(conv.forward(h)), 0.2);
        return conv_out.forward(h).MoveToOuterDisposeScope();
    }
}
