using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SynCxr.Mesh.Trainer.Export;

namespace SynCxr.Mesh.Trainer.Tests.Export;

/// <summary>The other runtime.</summary>
internal static class OnnxRuntimeRunner
{
    public static IReadOnlyDictionary<string, float[]> Run(string path, IReadOnlyList<OnnxInput> inputs)
    {
        using var session = new InferenceSession(path);
        NamedOnnxValue[] values = [.. inputs.Select(ToValue)];
        using var outputs = session.Run(values);
        return outputs.ToDictionary(o => o.Name, o => o.AsTensor<float>().ToArray(), StringComparer.Ordinal);
    }

    private static NamedOnnxValue ToValue(OnnxInput input)
    {
        int[] shape = [.. input.Shape.Select(d => (int)d)];
        return input.Integers is { } integers
            ? NamedOnnxValue.CreateFromTensor(input.Name, new DenseTensor<long>(integers, shape))
            : NamedOnnxValue.CreateFromTensor(input.Name, new DenseTensor<float>(input.Floats, shape));
    }
}
