namespace SynCxr.Mesh.Onnx;

/// <summary>What a GPU provider is told; with the defaults, nothing.</summary>
public sealed record DeviceSettings
{
    /// <summary>The first GPU, without limits.</summary>
    public static DeviceSettings Default { get; } = new();

    /// <summary>Which GPU, from 0. <c>cuda</c> and <c>tensorrt</c>.</summary>
    public int Device { get; init; }

    /// <summary>
    /// MiB that the arena of each graph may take of the GPU's memory; 0 for no limit. CUDA's and cuDNN's own memory comes on top.
    /// <c>cuda</c>.
    /// </summary>
    public int MemoryMiB { get; init; }

    /// <summary>Records the kernels of a step once for each shape and replays them. <c>cuda</c>.</summary>
    public bool CudaGraphs { get; init; }

    /// <summary>Folder in which compiled engines are kept for the next start; empty for none. <c>tensorrt</c>.</summary>
    public string EngineCache { get; init; } = "";
}
