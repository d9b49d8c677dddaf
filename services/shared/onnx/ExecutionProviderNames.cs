using System.Collections.Frozen;
using Microsoft.ML.OnnxRuntime;
using OrtSessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace SynCxr.Mesh.Onnx;

/// <summary>The names of the devices that ONNX Runtime computes on. A device that is asked for but missing stops the host.</summary>
public static class ExecutionProviderNames
{
    /// <summary>The processor: runs everywhere, and gives the same bytes at any batch size and number of threads.</summary>
    public const string Cpu = "cpu";

    /// <summary>An NVIDIA GPU; needs the build with <c>-p:MeshBackend=cuda</c>.</summary>
    public const string Cuda = "cuda";

    /// <summary>
    /// An NVIDIA GPU with compiled engines: slow to start, fastest after; needs the build with <c>-p:MeshBackend=cuda</c>.
    /// </summary>
    public const string TensorRt = "tensorrt";

    private sealed record Provider(string RuntimeName, Action<OrtSessionOptions> Append);

    private static readonly FrozenDictionary<string, Provider> _providers = new Dictionary<string, Provider>
    {
        [Cpu] = new("CPUExecutionProvider", _ => { }),
        [Cuda] = new("CUDAExecutionProvider", options => options.AppendExecutionProvider_CUDA(0)),
        [TensorRt] = new("TensorrtExecutionProvider", options => options.AppendExecutionProvider_Tensorrt(0)),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> All => _providers.Keys;

    /// <summary>Checks a setting at the start.</summary>
    /// <returns>Null if this build of ONNX Runtime has the provider; else a sentence on what is wrong.</returns>
    public static string? FindProblem(string name)
    {
        if (!_providers.TryGetValue(name, out var provider))
            return $"Unknown execution provider '{name}'; it must be one of {string.Join(", ", All.Order(StringComparer.Ordinal))}.";
        var available = OrtEnv.Instance().GetAvailableProviders();
        return available.Contains(provider.RuntimeName, StringComparer.Ordinal)
            ? null
            : $"This build of ONNX Runtime lacks the execution provider '{name}'; it has {string.Join(", ", available)}.";
    }

    internal static void AppendTo(string name, OrtSessionOptions options)
    {
        if (FindProblem(name) is { } problem)
            throw new InvalidOperationException(problem);
        _providers[name].Append(options);
    }
}
