using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>Reads a tensor, wherever it lies.</summary>
public static class TensorReader
{
    /// <summary>All of it, in row-major order. <typeparamref name="T"/> must be its type.</summary>
    public static T[] ReadArray<T>(Tensor tensor)
        where T : unmanaged
    {
        using var free = tensor.detach();
        using var here = free.cpu();
        using var dense = here.contiguous();
        return dense.data<T>().ToArray();
    }

    /// <summary>The one number of a scalar.</summary>
    public static T ReadScalar<T>(Tensor scalar)
        where T : unmanaged
    {
        using var free = scalar.detach();
        using var here = free.cpu();
        return here.item<T>();
    }
}
