using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Training;

/// <summary>
/// Random tensors that are the same on every device, since they are generated on the CPU and moved; and guarded use of libtorch's global
/// generator.
/// </summary>
public static class TorchRandom
{
    private static readonly Lock s_global = new();

    /// <summary>
    /// Runs what can only use libtorch's global generator, as weights of a new network or dropout. The generator is seeded first and locked
    /// meanwhile, because a trainer and an evaluator may share the process.
    /// </summary>
    public static T WithGlobalSeed<T>(ulong seed, Func<T> make)
    {
        lock (s_global)
        {
            random.manual_seed((long)seed);
            return make();
        }
    }

    /// <summary>Of mean 0 and deviation 1.</summary>
    public static Tensor Normal(long[] shape, Generator generator) => MoveToDefaultDevice(randn(shape, device: CPU, generator: generator));

    /// <summary>In 0..1.</summary>
    public static Tensor Uniform(long[] shape, Generator generator) => MoveToDefaultDevice(rand(shape, device: CPU, generator: generator));

    private static Tensor MoveToDefaultDevice(Tensor tensor)
    {
        var device = get_default_device();
        return device.type == TorchSharp.DeviceType.CPU ? tensor : tensor.to(device, disposeAfter: true);
    }
}
