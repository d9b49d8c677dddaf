using SynCxr.Mesh.Errors;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>Weights that another library saved, under the names of our networks.</summary>
/// <param name="Tensors">By our names; the caller owns them.</param>
/// <param name="Unused">Names in the file of what our network has no use for: classifiers, poolers, constants; in ordinal order.</param>
public sealed record ForeignWeights(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyList<string> Unused)
{
    private const int MostNamed = 8;

    // As torch.nn.DataParallel and DistributedDataParallel save a network.
    private const string ParallelPrefix = "module.";

    /// <summary>A sentence on <see cref="Unused"/> for who asked; null where all was used.</summary>
    public string? DescribeUnused() => Unused.Count == 0 ? null
        : $"{Unused.Count} tensors were not used: {string.Join(", ", Unused.Take(MostNamed).Select(n => EchoedText.Shorten(n)))}"
            + (Unused.Count > MostNamed ? $" and {Unused.Count - MostNamed} more" : "");

    /// <summary>Gives each tensor the name that a network has for it.</summary>
    /// <param name="tensors">As the files name them; a common prefix <c>module.</c> is taken off first.</param>
    /// <param name="inner">Prefix of the network within a larger one, as <c>bert.</c>: where a name has it, those with it count alone.
    /// </param>
    /// <param name="rename">The network's name for one; null where it has no use for it.</param>
    /// <exception cref="InvalidDataException">Two tensors get one name, or one holds a number that is not finite; names them.</exception>
    internal static ForeignWeights Rename(IReadOnlyDictionary<string, Tensor> tensors, string inner, Func<string, string?> rename)
    {
        var outer = tensors.Keys.All(k => k.StartsWith(ParallelPrefix, StringComparison.Ordinal)) ? ParallelPrefix : "";
        if (tensors.Keys.Any(k => k.StartsWith(outer + inner, StringComparison.Ordinal)))
            outer += inner;
        var renamed = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var unused = new List<string>();
        foreach (var (key, tensor) in tensors)
        {
            if (!key.StartsWith(outer, StringComparison.Ordinal) || rename(key[outer.Length..]) is not { } name)
                unused.Add(key);
            else if (!renamed.TryAdd(name, tensor))
                throw new InvalidDataException($"'{EchoedText.Shorten(key)}' and another tensor are both '{EchoedText.Shorten(name)}'");
            else
                CheckFinite(key, tensor);
        }

        return new ForeignWeights(renamed, [.. unused.Order(StringComparer.Ordinal)]);
    }

    /// <summary>Holds a tensor against what the configuration says, before a network of that size is made.</summary>
    /// <exception cref="InvalidDataException">It is missing or has another shape; names both.</exception>
    internal void CheckShape(string name, params long[] shape)
    {
        if (!Tensors.TryGetValue(name, out var tensor))
            throw new InvalidDataException($"the weights lack '{name}' of shape [{string.Join(", ", shape)}], which config.json describes");
        if (!tensor.shape.SequenceEqual(shape))
            throw new InvalidDataException($"'{name}': config.json describes shape [{string.Join(", ", shape)}], the weights have "
                + $"[{string.Join(", ", tensor.shape)}]");
    }

    private static void CheckFinite(string key, Tensor tensor)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (tensor.is_floating_point() && !TensorReader.ReadScalar<bool>(tensor.isfinite().all()))
            throw new InvalidDataException($"'{EchoedText.Shorten(key)}' holds a value that is not finite");
    }
}
