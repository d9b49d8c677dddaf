namespace SynCxr.Mesh.Onnx;

/// <summary>How a model's graphs are run.</summary>
/// <param name="ExecutionProvider">One of <see cref="ExecutionProviderNames"/>.</param>
/// <param name="Threads">On the CPU: slices of a batch that are computed side by side, each by one thread; 1 or more.</param>
public sealed record OnnxSessionOptions(string ExecutionProvider, int Threads)
{
    /// <summary>One thread of the CPU.</summary>
    public static OnnxSessionOptions Cpu { get; } = new(ExecutionProviderNames.Cpu, 1);

    /// <summary>What a GPU provider is told.</summary>
    public DeviceSettings Device { get; init; } = DeviceSettings.Default;
}
