using SynCxr.Mesh.Torch.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Networks;

/// <summary>
/// Residual block: norm, SiLU, 3×3, (+ embedding), norm, SiLU, 3×3, + input. The second convolution starts at zero.
/// Without an embedding width it is the block of the autoencoder and the judge.
/// </summary>
internal sealed class ResBlock : Module<Tensor, Tensor?, Tensor>
{
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly Linear? emb;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? skip;

    public ResBlock(int inputs, int outputs, int embedding = 0)
        : base(nameof(ResBlock))
    {
        norm1 = LayerFactory.CreateGroupNorm(inputs);
        conv1 = LayerFactory.CreateConv3x3(inputs, outputs);
        emb = embedding > 0 ? Linear(embedding, outputs) : null;
        norm2 = LayerFactory.CreateGroupNorm(outputs);
        conv2 = LayerFactory.InitialiseToZero(LayerFactory.CreateConv3x3(outputs, outputs));
        skip = inputs == outputs ? null : LayerFactory.CreateConv1x1(inputs, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? e)
    {
        using var scope = NewDisposeScope();
        var h = conv1.forward(functional.silu(norm1.forward(x))); // [B, O, H, W]
        if (emb is not null)
            h = h + emb.forward(functional.silu(e!)).unsqueeze(-1).unsqueeze(-1);
        h = conv2.forward(functional.silu(norm2.forward(h)));
        return (h + (skip is null ? x : skip.forward(x))).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x, string? e = null)
    {
        var h = g.Conv($"{name}.conv1", conv1, g.Silu(g.GroupNorm($"{name}.norm1", norm1, x)));
        if (emb is not null)
            h = g.Add(h, g.Unsqueeze(g.Linear($"{name}.emb", emb, g.Silu(e!)), 2, 3));
        h = g.Conv($"{name}.conv2", conv2, g.Silu(g.GroupNorm($"{name}.norm2", norm2, h)));
        return g.Add(h, skip is null ? x : g.Conv($"{name}.skip", skip, x));
    }
}
