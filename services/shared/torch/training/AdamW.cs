using TorchSharp;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) whose state is named tensors, so that a checkpoint can hold all of it. Weight decay is for matrices
/// and kernels only, not for biases and norms.
/// </summary>
public sealed class AdamW : IDisposable
{
    private const double Epsilon = 1e-8;
    private readonly IReadOnlyDictionary<string, Tensor> _weights;
    private readonly Dictionary<string, (Tensor First, Tensor Second)> _moments = new(StringComparer.Ordinal);
    private readonly double _decay, _beta1, _beta2;

    /// <param name="weights">By name.</param>
    /// <param name="decay">Weight decay, decoupled from the gradient.</param>
    /// <param name="beta1">Decay of the gradient's moving average.</param>
    /// <param name="beta2">Decay of the moving average of its square.</param>
    public AdamW(IReadOnlyDictionary<string, Tensor> weights, double decay, double beta1 = 0.9, double beta2 = 0.99)
    {
        (_weights, _decay, _beta1, _beta2) = (weights, decay, beta1, beta2);
        foreach (var (key, weight) in weights)
            _moments[key] = (zeros_like(weight, requires_grad: false).DetachFromDisposeScope(),
                zeros_like(weight, requires_grad: false).DetachFromDisposeScope());
    }

    /// <summary>Updates made; the bias correction's exponent.</summary>
    public long Updates { get; set; }

    /// <summary>First and second moments by key, for a checkpoint.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        _moments.SelectMany(
            m => new KeyValuePair<string, Tensor>[] { new("first/" + m.Key, m.Value.First), new("second/" + m.Key, m.Value.Second) });

    /// <param name="rate">Learning rate.</param>
    /// <param name="scale">Factor on the gradients, below 1 to clip them.</param>
    public void Step(double rate, double scale)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Updates++;
        var correction1 = 1 - Math.Pow(_beta1, Updates);
        var correction2 = 1 - Math.Pow(_beta2, Updates);
        // Made once a step, not once a weight.
        using Scalar clip = scale, keep1 = _beta1, take1 = 1 - _beta1, keep2 = _beta2, take2 = 1 - _beta2, bias2 = correction2, shrink = 1
            - rate * _decay, epsilon = Epsilon, stride = -rate / correction1;
        foreach (var (key, weight) in _weights)
        {
            if (weight.grad is not { } gradient)
                continue;
            if (scale != 1.0)
                gradient.mul_(clip);
            var (first, second) = _moments[key];
            first.mul_(keep1).add_(gradient, take1);
            second.mul_(keep2).addcmul_(gradient, gradient, take2);
            if (_decay > 0 && weight.dim() > 1)
                weight.mul_(shrink);
            weight.addcdiv_(first, second.div(bias2).sqrt_().add_(epsilon), stride);
        }
    }

    public void Dispose()
    {
        foreach (var (first, second) in _moments.Values)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}

/// <summary>Exponential moving average of the weights, with a shorter memory at first: min(decay, (1 + n) / (10 + n)).</summary>
public sealed class ExponentialMovingAverage : IDisposable
{
    private readonly IReadOnlyDictionary<string, Tensor> _weights;
    private readonly double _decay;

    public ExponentialMovingAverage(IReadOnlyDictionary<string, Tensor> weights, double decay)
    {
        (_weights, _decay) = (weights, decay);
        Average = weights.ToDictionary(w => w.Key, w => w.Value.detach().clone().DetachFromDisposeScope(), StringComparer.Ordinal);
    }

    public Dictionary<string, Tensor> Average { get; }

    public void Update(long updates)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var decay = Math.Min(_decay, (1.0 + updates) / (10 + updates));
        using Scalar keep = decay, take = 1 - decay;
        foreach (var (key, weight) in _weights)
            Average[key].mul_(keep).add_(weight, take);
    }

    public void Dispose()
    {
        foreach (var tensor in Average.Values)
            tensor.Dispose();
    }
}
