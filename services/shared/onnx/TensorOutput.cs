namespace SynCxr.Mesh.Onnx;

/// <summary>What a run gives for one output.</summary>
/// <param name="Values">Row-major.</param>
/// <param name="Shape">The shape that it has in this run, whatever the graph declares.</param>
public sealed record TensorOutput(float[] Values, IReadOnlyList<long> Shape);
