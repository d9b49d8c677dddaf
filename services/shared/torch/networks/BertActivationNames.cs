using System.Collections.Frozen;
using SynCxr.Mesh.Torch.Export;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Networks;

/// <summary>What a layer of BERT applies between its two linear maps, in TorchSharp and in an ONNX graph.</summary>
internal sealed record BertActivation(Func<Tensor, Tensor> Apply, Func<OnnxGraphWriter, string, string> Emit);

/// <summary>The activations that <c>hidden_act</c> of a <c>config.json</c> may name.</summary>
public static class BertActivationNames
{
    /// <summary>x Φ(x) by the error function: BERT as it was published.</summary>
    public const string Gelu = "gelu";

    /// <summary>The same with Φ by the hyperbolic tangent (Hendrycks and Gimpel 2016): some later checkpoints.</summary>
    public const string GeluTanh = "gelu_new";

    /// <summary>max(x, 0): small models.</summary>
    public const string Relu = "relu";

    /// <summary>x σ(x).</summary>
    public const string Silu = "silu";

    private const double Cubic = 0.044715;

    private static readonly double _scale = Math.Sqrt(2 / Math.PI);

    private static readonly FrozenDictionary<string, BertActivation> _all = new Dictionary<string, BertActivation>
    {
        [Gelu] = new(x => functional.gelu(x), (g, x) => g.Gelu(x)),
        [GeluTanh] = new(
            x => 0.5 * x * (1 + (_scale * (x + (Cubic * x.pow(3)))).tanh()),
            (g, x) => g.Mul(g.Mul(x, g.Constant(0.5f)), g.Add(g.Constant(1f), g.Op("Tanh",
                g.Mul(g.Constant((float)_scale), g.Add(x, g.Mul(g.Constant((float)Cubic), g.Mul(x, g.Mul(x, x))))))))),
        [Relu] = new(x => functional.relu(x), (g, x) => g.Op("Relu", x)),
        [Silu] = new(x => functional.silu(x), (g, x) => g.Silu(x)),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyList<string> All { get; } = [.. _all.Keys.Order(StringComparer.Ordinal)];

    /// <exception cref="ArgumentException">It is none of <see cref="All"/>.</exception>
    internal static BertActivation FindActivation(string name) => _all.TryGetValue(name, out var activation) ? activation
        : throw new ArgumentException($"An activation is one of {string.Join(", ", All)}", nameof(name));
}
