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

    /// <summary>The graph's name for it.</summary>
    public string Name { get; }

    /// <summary>A float32, int64 or int32 tensor (any type that ONNX Runtime knows). No dimensions: a scalar.</summary>
    public static TensorInput Create<T>(string name, T[] data, params long[] shape) where T : unmanaged =>
        new(name, () => OrtValue.CreateTensorValueFromMemory(data, shape));

    internal OrtValue ToOrtValue() => _value();
}
