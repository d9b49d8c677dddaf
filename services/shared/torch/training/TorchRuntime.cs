using System.Diagnostics;
using System.Reflection;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Training;

/// <summary>
/// Where TorchSharp computes. It is a property of the process, as its default device is: every network, batch and index is made there.
/// There is no fallback: a device that was asked for and is not there stops the host.
/// </summary>
public static class TorchRuntime
{
    /// <summary>Everywhere; the one that gives the same bits at one number of threads.</summary>
    public const string Cpu = "cpu";

    /// <summary>
    /// An NVIDIA GPU; needs the build with <c>-p:MeshBackend=cuda</c>. Noise is that of the CPU; new weights and dropout are drawn on the
    /// GPU, and sums are not to the bit.
    /// </summary>
    public const string Cuda = "cuda";

    /// <summary>Checks a setting at start.</summary>
    /// <returns>Null if the device is known and there; else what is wrong, in words.</returns>
    public static string? FindDeviceProblem(string device) => device switch
    {
        Cpu => null,
        Cuda => cuda.is_available() ? null
            : "device 'cuda' is not there: the machine shows no NVIDIA GPU, or this is not the build with -p:MeshBackend=cuda",
        _ => $"device '{device}' is neither {Cpu} nor {Cuda}",
    };

    /// <summary>Makes everything from here on, in the whole process, on a device, with so many threads of the CPU.</summary>
    /// <param name="threads">Null takes what another part of the process was given, or else 2.</param>
    /// <exception cref="InvalidOperationException">The process computes on another device, or was given another number of threads: what is
    /// under way would change its bits. Or TorchSharp.dll is not as Native.props leaves it.</exception>
    public static void Configure(string device, int? threads)
    {
        if (typeof(Tensor).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true })
            throw new InvalidOperationException(
                $"{typeof(Tensor).Assembly.Location} frees numbers that libtorch still reads: build with "
                    + $"services/shared/torch/Native.props, which mends it");
        lock (s_gate)
        {
            if (s_device is { } other && other != device)
                throw new InvalidOperationException(
                    $"this process computes on '{other}' and can't on '{device}': a process has one device");
            if (s_threads is { } given && (threads ?? given) != given)
                throw new InvalidOperationException(
                    $"this process computes with {given} threads and can't with {threads}: a process has one number of them, and bits "
                        + $"follow it");
            (s_device, s_threads) = (device, threads ?? s_threads);
            set_default_device(new Device(device));
            set_num_threads(s_threads ?? DefaultThreads);
        }
    }

    /// <summary>
    /// Makes the thread that calls it follow the process's number of threads. libtorch does so itself at a thread's first large operation;
    /// what is small, or goes straight to a library of linear algebra or convolutions, would run on all cores until then, to other bits.
    /// Call it where computing begins that an await may have moved to another thread.
    /// </summary>
    public static void ApplyThreadCount() => _ = get_num_threads();

    private const int DefaultThreads = 2;
    private static int? s_threads;
    private static readonly Lock s_gate = new();
    private static string? s_device;
}
