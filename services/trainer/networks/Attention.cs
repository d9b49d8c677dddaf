using SynCxr.Mesh.Torch.Export;
using SynCxr.Mesh.Torch.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Trainer.Networks;

/// <summary>Multi-head attention of <c>x</c> [B, N, C] over <c>context</c> [B, M, D]; self-attention when both are the same.</summary>
internal sealed class Attention : Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Linear to_out;
    private readonly int _heads;
    private readonly int _width;

    public Attention(int channels, int context, int heads)
        : base(nameof(Attention))
    {
        (_heads, _width) = (heads, channels / heads);
        to_q = Linear(channels, channels, hasBias: false);
        to_k = Linear(context, channels, hasBias: false);
        to_v = Linear(context, channels, hasBias: false);
        to_out = LayerFactory.InitialiseToZero(Linear(channels, channels));
        RegisterComponents();
    }

    /// <param name="mask">Added to the scores, [N, M], or null.</param>
    public override Tensor forward(Tensor x, Tensor context, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var q = Split(to_q.forward(x)); // [B, heads, N, width]
        var k = Split(to_k.forward(context)).transpose(2, 3); // [B, heads, width, M]
        var v = Split(to_v.forward(context)); // [B, heads, M, width]
        var scores = matmul(q, k) * (1.0 / Math.Sqrt(_width)); // [B, heads, N, M]
        if (mask is not null)
            scores = scores + mask;
        var y = matmul(functional.softmax(scores, -1), v).transpose(1, 2).flatten(2); // [B, N, C]
        return to_out.forward(y).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x, string context, string? mask = null)
    {
        var q = Split(g, g.Linear($"{name}.to_q", to_q, x), 0, 2, 1, 3);
        var k = Split(g, g.Linear($"{name}.to_k", to_k, context), 0, 2, 3, 1);
        var v = Split(g, g.Linear($"{name}.to_v", to_v, context), 0, 2, 1, 3);
        var scores = g.Mul(g.MatMul(q, k), g.Constant((float)(1.0 / Math.Sqrt(_width))));
        if (mask is not null)
            scores = g.Add(scores, mask);
        var y = g.Transpose(g.MatMul(g.Softmax(scores), v), 0, 2, 1, 3);
        return g.Linear($"{name}.to_out", to_out, g.Reshape(y, 0, 0, _heads * _width));
    }

    private Tensor Split(Tensor t) => t.reshape(t.shape[0], t.shape[1], _heads, _width).transpose(1, 2);

    private string Split(OnnxGraphWriter g, string t, params long[] order) => g.Transpose(g.Reshape(t, 0, 0, _heads, _width), order);
}

/// <summary>
/// Transformer block on an image: group norm, then self-attention, cross-attention to the text and a feed-forward part,
/// each behind a layer norm and added to its input.
/// </summary>
internal sealed class SpatialTransformer : Module<Tensor, Tensor, Tensor>
{
    private readonly GroupNorm norm;
    private readonly LayerNorm norm1;
    private readonly Attention attn1;
    private readonly LayerNorm norm2;
    private readonly Attention attn2;
    private readonly LayerNorm norm3;
    private readonly Linear ff1;
    private readonly Linear ff2;

    public SpatialTransformer(int channels, int context, int heads)
        : base(nameof(SpatialTransformer))
    {
        norm = LayerFactory.CreateGroupNorm(channels);
        norm1 = LayerNorm(channels);
        attn1 = new Attention(channels, channels, heads);
        norm2 = LayerNorm(channels);
        attn2 = new Attention(channels, context, heads);
        norm3 = LayerNorm(channels);
        ff1 = Linear(channels, 3 * channels);
        ff2 = LayerFactory.InitialiseToZero(Linear(3 * channels, channels));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor context)
    {
        using var scope = NewDisposeScope();
        var h = norm.forward(x).flatten(2).transpose(1, 2); // [B, HW, C]
        var a = norm1.forward(h);
        h = h + attn1.forward(a, a, null);
        h = h + attn2.forward(norm2.forward(h), context, null);
        h = h + ff2.forward(functional.silu(ff1.forward(norm3.forward(h))));
        return (x + h.transpose(1, 2).reshape(x.shape)).MoveToOuterDisposeScope(); // [B, C, H, W]
    }

    public string Emit(OnnxGraphWriter g, string name, string x, string context)
    {
        var h = g.Transpose(g.Reshape(g.GroupNorm($"{name}.norm", norm, x), 0, 0, -1), 0, 2, 1);
        var a = g.LayerNorm($"{name}.norm1", norm1, h);
        h = g.Add(h, attn1.Emit(g, $"{name}.attn1", a, a));
        h = g.Add(h, attn2.Emit(g, $"{name}.attn2", g.LayerNorm($"{name}.norm2", norm2, h), context));
        var f = g.Silu(g.Linear($"{name}.ff1", ff1, g.LayerNorm($"{name}.norm3", norm3, h)));
        h = g.Add(h, g.Linear($"{name}.ff2", ff2, f));
        return g.Add(x, g.ReshapeLike(g.Transpose(h, 0, 2, 1), x));
    }
}
