using System.Collections.Frozen;
using Microsoft.ML.OnnxRuntime;
using OrtSessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace SynCxr.Mesh.Onnx;

/// <summary>Where ONNX Runtime computes. There is no fallback: a device that was asked for and is not there stops the host.</summary>
public static class ExecutionProviderNames
{
    /// <summary>Everywhere; the one that gives the same bytes at any batch size and thread count.</summary>
    public const string Cpu = "cpu";

    /// <summary>An NVIDIA GPU; needs the build with <c>-p:MeshBackend=cuda</c>.</summary>
    public const string Cuda = "cuda";

    /// <summary>
    /// An NVIDIA GPU with compiled engines: slow to start, fastest after; needs the build with <c>-p:MeshBackend=cuda</c>.
    /// </summary>
    public const string TensorRt = "tensorrt";

    private sealed record Provider(string RuntimeName, Action<OrtSessionOptions> Append);

    private static readonly FrozenDictionary<string, Provider> s_providers = new Dictionary<string, Provider>
    {
        [Cpu] = new("CPUExecutionProvider", _ => { }),
        [Cuda] = new("CUDAExecutionProvider", options => options.AppendExecutionProvider_CUDA(0)),
        [TensorRt] = new("TensorrtExecutionProvider", options => options.AppendExecutionProvider_Tensorrt(0)),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The known names.</summary>
    public static IReadOnlyCollection<string> All => s_providers.Keys;

    /// <summary>Checks a setting at start.</summary>
    /// <returns>Null if the provider is known and its device library is in this build; else what is wrong, in words.</returns>
    public static string? FindProblem(string name)
    {
        if (!s_providers.TryGetValue(name, out var provider))
            return $"execution provider '{name}' is not one of {string.Join(", ", All.Order(StringComparer.Ordinal))}";
        var available = OrtEnv.Instance().GetAvailableProviders();
        return available.Contains(provider.RuntimeName, StringComparer.Ordinal)
            ? null
            : $"execution provider '{name}' is not in this build of ONNX Runtime, which has {string.Join(", ", available)}";
    }

    internal static void AppendTo(string name, OrtSessionOptions options)
    {
        if (FindProblem(name) is { } problem)
            throw new InvalidOperationException(problem);
        s_providers[name].Append(options);
    }
}
