using System.Collections.Frozen;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using OrtSessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace SynCxr.Mesh.Onnx;

/// <summary>
/// The names of what ONNX Runtime computes with. A provider that is asked for but missing stops the host, and so does one that then
/// computes nothing of a graph.
/// </summary>
public static class ExecutionProviderNames
{
    /// <summary>The processor: runs everywhere, and gives the same bytes at any batch size and number of threads.</summary>
    public const string Cpu = "cpu";

    /// <summary>An NVIDIA GPU; needs the build with <c>-p:MeshBackend=cuda</c>.</summary>
    public const string Cuda = "cuda";

    /// <summary>
    /// An NVIDIA GPU with compiled engines: slow to start, fastest after; what TensorRT has no operator for goes to <see cref="Cuda"/>.
    /// Needs the build with <c>-p:MeshBackend=cuda</c>.
    /// </summary>
    public const string TensorRt = "tensorrt";

    private sealed record Provider(string RuntimeName, Action<OrtSessionOptions, DeviceSettings> Append);

    private static readonly FrozenDictionary<string, Provider> _providers = new Dictionary<string, Provider>
    {
        [Cpu] = new("CPUExecutionProvider", (_, _) => { }),
        [Cuda] = new("CUDAExecutionProvider", AppendCuda),
        [TensorRt] = new("TensorrtExecutionProvider", (options, device) =>
        {
            using var settings = new OrtTensorRTProviderOptions();
            settings.UpdateOptions(TensorRtOptions(device));
            options.AppendExecutionProvider_Tensorrt(settings);
            AppendCuda(options, device);
        }),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> All => _providers.Keys;

    /// <summary>Checks a setting at the start: the provider must be in this build, and this machine must be able to use it.</summary>
    /// <returns>Null if it can be used; else a sentence on what is wrong.</returns>
    public static string? FindProblem(string name, DeviceSettings? device = null)
    {
        if (!_providers.TryGetValue(name, out var provider))
            return $"Unknown execution provider '{name}'; it must be one of {string.Join(", ", All.Order(StringComparer.Ordinal))}.";
        var available = OrtEnv.Instance().GetAvailableProviders();
        if (!available.Contains(provider.RuntimeName, StringComparer.Ordinal))
            return $"This build of ONNX Runtime lacks the execution provider '{name}'; it has {string.Join(", ", available)}.";
        try
        {
            using var options = new OrtSessionOptions();
            provider.Append(options, device ?? DeviceSettings.Default);
            return null;
        }
        catch (OnnxRuntimeException refusal) // A library of the driver or of CUDA is missing, or there is no such device.
        {
            return $"This machine can't use the execution provider '{name}': {FirstLine(refusal.Message)}";
        }
    }

    /// <summary>Holds device settings against the provider: one that it would ignore is refused.</summary>
    /// <param name="name">A name that <see cref="FindProblem"/> knows.</param>
    /// <param name="section">The options' section, which begins each sentence.</param>
    /// <returns>A sentence for each setting that has no effect.</returns>
    public static IEnumerable<string> FindIdleSettings(string name, DeviceSettings device, string section)
    {
        (bool IsSet, string Setting, string[] Takers)[] settings =
        [
            (device.Device != 0, "Device", [Cuda, TensorRt]),
            (device.MemoryMiB != 0, "DeviceMemoryMiB", [Cuda]),
            (device.CudaGraphs, "CudaGraphs", [Cuda]),
            (device.EngineCache.Length > 0, "TensorRtCache", [TensorRt]),
        ];
        return settings.Where(setting => setting.IsSet && !setting.Takers.Contains(name)).Select(setting =>
            $"{section}:{setting.Setting} has no effect with {section}:ExecutionProvider {name}; it is for "
                + $"{string.Join(" and ", setting.Takers)}. Leave it out.");
    }

    /// <summary>The keys and values that ONNX Runtime's CUDA provider is given.</summary>
    internal static Dictionary<string, string> CudaOptions(DeviceSettings device)
    {
        var options = new Dictionary<string, string> { ["device_id"] = Invariant(device.Device) };
        if (device.MemoryMiB > 0)
            options["gpu_mem_limit"] = Invariant((long)device.MemoryMiB << 20); // bytes
        if (device.CudaGraphs)
            options["enable_cuda_graph"] = "1";
        return options;
    }

    /// <summary>The keys and values that ONNX Runtime's TensorRT provider is given.</summary>
    internal static Dictionary<string, string> TensorRtOptions(DeviceSettings device)
    {
        var options = new Dictionary<string, string> { ["device_id"] = Invariant(device.Device) };
        if (device.EngineCache.Length > 0)
            (options["trt_engine_cache_enable"], options["trt_engine_cache_path"]) = ("1", device.EngineCache);
        return options;
    }

    internal static void AppendTo(OnnxSessionOptions settings, OrtSessionOptions options)
    {
        if (FindProblem(settings.ExecutionProvider, settings.Device) is { } problem)
            throw new InvalidOperationException(problem);
        _providers[settings.ExecutionProvider].Append(options, settings.Device);
    }

    private static void AppendCuda(OrtSessionOptions options, DeviceSettings device)
    {
        using var settings = new OrtCUDAProviderOptions();
        settings.UpdateOptions(CudaOptions(device));
        options.AppendExecutionProvider_CUDA(settings);
    }

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();
}
