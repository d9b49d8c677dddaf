using System.Diagnostics;
using System.Reflection;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Training;

/// <summary>
/// The device and the number of CPU threads that TorchSharp computes with. Both belong to the process: every network, batch and index is
/// created on the one device. There is no fallback: a device that is configured but missing stops the host.
/// </summary>
public static class TorchRuntime
{
    /// <summary>Runs everywhere, and gives the same bits at a fixed number of threads.</summary>
    public const string Cpu = "cpu";

    /// <summary>
    /// An NVIDIA GPU; needs the build with <c>-p:MeshBackend=cuda</c>. Noise is that of the CPU; new weights and dropout come from the
    /// GPU's generator, and sums may differ in the last bits.
    /// </summary>
    public const string Cuda = "cuda";

    /// <summary>Checks a setting at start.</summary>
    /// <returns>Null if the device can be used; else a sentence that says why not.</returns>
    public static string? FindDeviceProblem(string device) => device switch
    {
        Cpu => null,
        Cuda => cuda.is_available() ? null
            : "device 'cuda' was not found: the machine needs an NVIDIA GPU, and the program must be built with -p:MeshBackend=cuda",
        _ => $"there is no device '{device}'; choose {Cpu} or {Cuda}",
    };

    /// <summary>Sets the device and the number of CPU threads for the whole process, from now on.</summary>
    /// <param name="threads">Null keeps the number that another part of the process set, or else 2.</param>
    /// <exception cref="InvalidOperationException">The process already computes on another device or with another number of threads, which
    /// would change the results of running work; or TorchSharp.dll was not patched by Native.props.</exception>
    public static void Configure(string device, int? threads)
    {
        if (typeof(Tensor).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true })
            throw new InvalidOperationException(
                $"{typeof(Tensor).Assembly.Location} is TorchSharp as it was released: it frees numbers that libtorch still "
                    + "reads. Import services/shared/torch/Native.props into the executable's project; its build task mends the file");
        lock (s_gate)
        {
            if (s_device is { } other && other != device)
                throw new InvalidOperationException(
                    $"This process already computes on '{other}' and can't change to '{device}': a process has one device");
            if (s_threads is { } given && (threads ?? given) != given)
                throw new InvalidOperationException(
                    $"This process already computes with {given} threads and can't change to {threads}: results differ with the number "
                        + "of threads, so a process has one");
            (s_device, s_threads) = (device, threads ?? s_threads);
            set_default_device(new Device(device));
            set_num_threads(s_threads ?? DefaultThreads);
        }
    }

    /// <summary>
    /// Applies the process's number of threads to the calling thread. libtorch does this itself at a thread's first large operation; small
    /// operations, linear algebra and convolutions would use all cores until then and give other bits. Call it first wherever computing
    /// starts, since an await may have moved to a new thread.
    /// </summary>
    public static void ApplyThreadCount() => _ = get_num_threads();

    private const int DefaultThreads = 2;
    private static int? s_threads;
    private static readonly Lock s_gate = new();
    private static string? s_device;
}
