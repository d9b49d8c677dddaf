using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>Copies the values of a tensor, on whatever device it is.</summary>
public static class TensorReader
{
    /// <summary>All values in row-major order. <typeparamref name="T"/> must be its type.</summary>
    public static T[] ReadArray<T>(Tensor tensor)
        where T : unmanaged
    {
        using var free = tensor.detach();
        using var here = free.cpu();
        if (here.numel() == 0)
            return [];
        using var dense = here.contiguous();
        return dense.data<T>().ToArray();
    }

    /// <summary>The value of a tensor with one element.</summary>
    public static T ReadScalar<T>(Tensor scalar)
        where T : unmanaged
    {
        using var free = scalar.detach();
        using var here = free.cpu();
        return here.item<T>();
    }
}
