namespace SynCxr.Mesh.Onnx;

/// <summary>How a session runs a graph.</summary>
/// <param name="ExecutionProvider">One of <see cref="ExecutionProviderNames"/>.</param>
/// <param name="Threads">Number of threads inside one operator, 1 or more.</param>
public sealed record OnnxSessionOptions(string ExecutionProvider, int Threads);
