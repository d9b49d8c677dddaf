using Microsoft.ML.OnnxRuntime;

namespace SynCxr.Mesh.Onnx;

/// <summary>A named tensor to feed to a graph: row-major data and its shape.</summary>
public sealed class TensorInput
{
    private readonly Func<OrtValue> _value;

    private TensorInput(string name, Func<OrtValue> value)
    {
        Name = name;
        _value = value;
    }

    /// <summary>Name of the input in the graph.</summary>
    public string Name { get; }

    /// <summary>A tensor of float32, int64, int32 or another type that ONNX Runtime knows; without dimensions it is a scalar.</summary>
    public static TensorInput Create<T>(string name, T[] data, params long[] shape) where T : unmanaged =>
        new(name, () => OrtValue.CreateTensorValueFromMemory(data, shape));

    internal OrtValue ToOrtValue() => _value();
}
