using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Training;

/// <summary>
/// Random tensors that are the same on every device, drawn on the CPU and moved; and draws of libtorch's one global generator.
/// </summary>
public static class TorchRandom
{
    private static readonly Lock s_global = new();

    /// <summary>
    /// Does what can't be given a generator: weights of a new network, dropout. The global one is seeded before, and nobody else in the
    /// process has it meanwhile: a trainer and an evaluator may share the process.
    /// </summary>
    public static T WithGlobalSeed<T>(ulong seed, Func<T> draw)
    {
        lock (s_global)
        {
            random.manual_seed((long)seed);
            return draw();
        }
    }

    /// <summary>Of mean 0 and deviation 1.</summary>
    public static Tensor Normal(long[] shape, Generator draws) => MoveToDefaultDevice(randn(shape, device: CPU, generator: draws));

    /// <summary>In 0..1.</summary>
    public static Tensor Uniform(long[] shape, Generator draws) => MoveToDefaultDevice(rand(shape, device: CPU, generator: draws));

    private static Tensor MoveToDefaultDevice(Tensor drawn)
    {
        var device = get_default_device();
        return device.type == TorchSharp.DeviceType.CPU ? drawn : drawn.to(device, disposeAfter: true);
    }
}
