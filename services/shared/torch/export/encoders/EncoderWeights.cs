using SynCxr.Mesh.Errors;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Export.Encoders;

/// <summary>The tensors of a checkpoint, each of which must be there, have its shape and be used.</summary>
/// <param name="path">The file, for messages.</param>
internal sealed class EncoderWeights(string path, IReadOnlyDictionary<string, Tensor> tensors)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public bool Has(string key) => tensors.ContainsKey(key);

    /// <summary>A tensor; a side of -1 may have any size.</summary>
    /// <exception cref="InvalidDataException">It is missing or has another shape.</exception>
    public Tensor Require(string key, params long[] shape)
    {
        if (!tensors.TryGetValue(key, out var tensor))
            throw new InvalidDataException($"{path}: '{key}' is missing; its shape must be [{string.Join(", ", shape)}]");
        if (tensor.shape.Length != shape.Length || tensor.shape.Zip(shape).Any(side => side.Second >= 0 && side.First != side.Second))
        {
            throw new InvalidDataException($"{path}: '{key}' has the shape [{string.Join(", ", tensor.shape)}], and config.json wants "
                + $"[{string.Join(", ", shape)}]");
        }
        _used.Add(key);
        return tensor;
    }

    /// <summary>Refuses what was not used.</summary>
    /// <param name="idle">Beginnings of keys that change nothing.</param>
    /// <exception cref="InvalidDataException">A tensor is left over.</exception>
    public void RequireAllUsed(params IReadOnlyList<string> idle)
    {
        var left = tensors.Keys
            .Where(key => !_used.Contains(key) && !idle.Any(begin => key.StartsWith(begin, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).FirstOrDefault();
        if (left is not null)
            throw new InvalidDataException($"{path}: '{EchoedText.Shorten(left)}' is a weight that config.json has no layer for");
    }
}
