using SynCxr.Mesh.Torch.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Networks;

internal sealed class BertLayer : Module<Tensor, Tensor, Tensor>
{
    private readonly BertAttention attention;
    private readonly BertDense intermediate;
    private readonly BertOutput output;
    private readonly BertActivation _activation;

    public BertLayer(BertConfig config)
        : base(nameof(BertLayer))
    {
        attention = new BertAttention(config);
        intermediate = new BertDense(config.Hidden, config.Intermediate);
        output = new BertOutput(config.Intermediate, config);
        _activation = BertActivationNames.FindActivation(config.Activation);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var h = attention.forward(x, hidden);
        return output.forward(_activation.Apply(intermediate.forward(h)), h).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x, string hidden)
    {
        var h = attention.Emit(g, $"{name}.attention", x, hidden);
        return output.Emit(g, $"{name}.output", _activation.Emit(g, intermediate.Emit(g, $"{name}.intermediate", h)), h);
    }
}

internal sealed class BertDense : Module<Tensor, Tensor>
{
    private readonly Linear dense;

    public BertDense(int inputs, int outputs)
        : base(nameof(BertDense))
    {
        dense = Linear(inputs, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => dense.forward(x);

    public string Emit(OnnxGraphWriter g, string name, string x) => g.Linear($"{name}.dense", dense, x);
}

/// <summary>Linear, dropout, plus what went in, layer norm.</summary>
internal sealed class BertOutput : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear dense;
    private readonly LayerNorm LayerNorm;
    private readonly Dropout _dropout;
    private readonly double _eps;

    public BertOutput(int inputs, BertConfig config)
        : base(nameof(BertOutput))
    {
        dense = Linear(inputs, config.Hidden);
        _eps = config.LayerNormEps;
        LayerNorm = LayerNorm(config.Hidden, eps: _eps);
        _dropout = Dropout(config.Dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor before)
    {
        using var scope = NewDisposeScope();
        return LayerNorm.forward(_dropout.forward(dense.forward(x)) + before).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x, string before) =>
        g.LayerNorm($"{name}.LayerNorm", LayerNorm, g.Add(g.Linear($"{name}.dense", dense, x), before), (float)_eps);
}

internal sealed class BertAttention : Module<Tensor, Tensor, Tensor>
{
    private readonly BertSelfAttention self;
    private readonly BertOutput output;

    public BertAttention(BertConfig config)
        : base(nameof(BertAttention))
    {
        self = new BertSelfAttention(config);
        output = new BertOutput(config.Hidden, config);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return output.forward(self.forward(x, hidden), x).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x, string hidden) =>
        output.Emit(g, $"{name}.output", self.Emit(g, $"{name}.self", x, hidden), x);
}

internal sealed class BertSelfAttention : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Dropout _dropout;
    private readonly int _heads;

    public BertSelfAttention(BertConfig config)
        : base(nameof(BertSelfAttention))
    {
        _heads = config.Heads;
        query = Linear(config.Hidden, config.Hidden);
        key = Linear(config.Hidden, config.Hidden);
        value = Linear(config.Hidden, config.Hidden);
        _dropout = Dropout(config.Dropout);
        RegisterComponents();
    }

    /// <param name="x">[B, T, D].</param>
    /// <param name="hidden">[B, 1, 1, T], true where no token is.</param>
    public override Tensor forward(Tensor x, Tensor hidden)
    {
        using var scope = NewDisposeScope();
        Tensor Heads(Linear map) => map.forward(x).view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2); // [B, h, T, d]
        var (q, k, v) = (Heads(query), Heads(key), Heads(value));
        // The lowest finite number, not minus infinity: a row without any token stays finite.
        var scores = (matmul(q, k.transpose(2, 3)) / Math.Sqrt(q.shape[3])).masked_fill(hidden, -3.4e38);
        var h = matmul(_dropout.forward(scores.softmax(3)), v); // [B, h, T, d]
        return h.transpose(1, 2).reshape(x.shape).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x, string hidden)
    {
        var width = (int)query.weight!.shape[0];
        string Heads(string key, Linear map, params long[] order) =>
            g.Transpose(g.Reshape(g.Linear($"{name}.{key}", map, x), 0, 0, _heads, width / _heads), order);
        var scores = g.MatMul(Heads("query", query, 0, 2, 1, 3), Heads("key", key, 0, 2, 3, 1)); // [B, h, T, T]
        scores = g.Add(g.Mul(scores, g.Constant((float)(1 / Math.Sqrt(width / _heads)))), hidden);
        return g.Reshape(g.Transpose(g.MatMul(g.Softmax(scores), Heads("value", value, 0, 2, 1, 3)), 0, 2, 1, 3), 0, 0, width);
    }
}
