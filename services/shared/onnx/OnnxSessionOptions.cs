namespace SynCxr.Mesh.Onnx;

/// <summary>How a graph is run.</summary>
/// <param name="ExecutionProvider">One of <see cref="ExecutionProviderNames"/>.</param>
/// <param name="Threads">Threads inside one operator, 1 or more.</param>
public sealed record OnnxSessionOptions(string ExecutionProvider, int Threads);
