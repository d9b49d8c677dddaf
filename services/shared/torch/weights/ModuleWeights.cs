using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>Moves weights between networks and named tensors.</summary>
public static class ModuleWeights
{
    /// <summary>The network's parameters by key. The tensors are the network's own.</summary>
    public static Dictionary<string, Tensor> NamedParameters(nn.Module network, string prefix = "") =>
        network.named_parameters().ToDictionary(p => prefix + p.name, p => (Tensor)p.parameter, StringComparer.Ordinal);

    /// <summary>
    /// Parameters and the running means and variances of batch norms. Constants, fields that begin with an underscore, are left out.
    /// </summary>
    public static Dictionary<string, Tensor> NamedState(nn.Module network, string prefix = "") =>
        network.named_buffers().Where(b => !b.name.Split('.')[^1].StartsWith('_')).Select(b => (b.name, Value: b.buffer))
            .Concat(network.named_parameters().Select(p => (p.name, Value: (Tensor)p.parameter)))
            .ToDictionary(p => prefix + p.name, p => p.Value, StringComparer.Ordinal);

    /// <summary>
    /// Copies <paramref name="tensors"/> into the network's state; nothing may be missing, left over, of another shape or of another kind
    /// of number. Older weights lack <c>num_batches_tracked</c> of batch norms, which then is 0, as in PyTorch.
    /// </summary>
    /// <param name="network">The network to fill.</param>
    /// <param name="tensors">By key.</param>
    /// <param name="prefix">Prefix of the network's keys; other keys are ignored.</param>
    /// <exception cref="InvalidDataException">Names the key, and both shapes.</exception>
    public static void Load(nn.Module network, IReadOnlyDictionary<string, Tensor> tensors, string prefix = "")
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var own = NamedState(network, prefix);
        foreach (var (key, parameter) in own)
        {
            if (!tensors.TryGetValue(key, out var value))
            {
                if (key.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
                {
                    parameter.zero_();
                    continue;
                }

                throw new InvalidDataException($"the weights lack '{key}' of shape {DescribeShape(parameter)}");
            }

            if (!parameter.shape.SequenceEqual(value.shape))
                throw new InvalidDataException(
                    $"'{key}': the network has shape {DescribeShape(parameter)}, the weights have {DescribeShape(value)}");
            if (parameter.is_floating_point() != value.is_floating_point() || value.is_complex())
                throw new InvalidDataException($"'{key}': the network has numbers of type {parameter.dtype}, the weights of {value.dtype}");
            parameter.copy_(value.to_type(parameter.dtype));
        }

        if (tensors.Keys.FirstOrDefault(k => k.StartsWith(prefix, StringComparison.Ordinal) && !own.ContainsKey(k))
            is { } stray)
            throw new InvalidDataException(
                $"the weights have '{stray}' of shape {DescribeShape(tensors[stray])}, which the network does not have");
    }

    /// <summary>Rounds every parameter to float16 in place, which is what an exported file holds.</summary>
    public static void RoundToHalf(nn.Module network)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var parameter in network.parameters())
            parameter.copy_(parameter.to_type(ScalarType.Float16).to_type(ScalarType.Float32));
    }

    private static string DescribeShape(Tensor t) => $"[{string.Join(", ", t.shape)}]";
}
