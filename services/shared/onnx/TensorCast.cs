using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace SynCxr.Mesh.Onnx;

/// <summary>
/// Numbers between float32, in which the mesh computes, and the element type that a graph declares, cast as NumPy and PyTorch cast them:
/// to an integer by cutting the fraction off, to a shorter float by rounding half to even.
/// </summary>
public static class TensorCast
{
    private static readonly Dictionary<Type, string> _names = new()
    {
        [typeof(float)] = "float32",
        [typeof(double)] = "float64",
        [typeof(Float16)] = "float16",
        [typeof(BFloat16)] = "bfloat16",
        [typeof(int)] = "int32",
        [typeof(long)] = "int64",
    };

    /// <summary>The types that hold text states, latents and predictions.</summary>
    public static IReadOnlyList<Type> FloatTypes { get; } = [typeof(float), typeof(double), typeof(Float16), typeof(BFloat16)];

    /// <summary>All types that numbers are cast to.</summary>
    public static IReadOnlyList<Type> NumericTypes { get; } = [.. FloatTypes, typeof(int), typeof(long)];

    /// <summary>ONNX's name of an element type.</summary>
    public static string NameOf(Type type) => _names.GetValueOrDefault(type, type.Name);

    /// <summary>A tensor for an input, of the type that it declares.</summary>
    /// <param name="input">Its element type must be one of <see cref="NumericTypes"/>.</param>
    /// <param name="data">Row-major.</param>
    /// <param name="shape">Without dimensions it is a scalar.</param>
    public static TensorInput ToInput(TensorDeclaration input, float[] data, params long[] shape)
    {
        if (input.ElementType == typeof(float))
            return TensorInput.Create(input.Name, data, shape);
        if (input.ElementType == typeof(double))
            return TensorInput.Create(input.Name, Array.ConvertAll(data, x => (double)x), shape);
        if (input.ElementType == typeof(Float16))
            return TensorInput.Create(input.Name, Array.ConvertAll(data, x => new Float16(BitConverter.HalfToUInt16Bits((Half)x))), shape);
        if (input.ElementType == typeof(BFloat16))
            return TensorInput.Create(input.Name, Array.ConvertAll(data, x => new BFloat16(RoundToBFloat16(x))), shape);
        if (input.ElementType == typeof(int))
            return TensorInput.Create(input.Name, Array.ConvertAll(data, x => (int)x), shape);
        return input.ElementType == typeof(long)
            ? TensorInput.Create(input.Name, Array.ConvertAll(data, x => (long)x), shape)
            : throw new ArgumentException($"'{input.Name}' is {NameOf(input.ElementType)}, which numbers are not cast to.", nameof(input));
    }

    /// <summary>The numbers of an output of one of <see cref="FloatTypes"/>.</summary>
    internal static float[] ToFloats(OrtValue value)
    {
        var type = value.GetTensorTypeAndShape().ElementDataType;
        return type switch
        {
            TensorElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
            TensorElementType.Double => Convert(value.GetTensorDataAsSpan<double>(), x => (float)x),
            TensorElementType.Float16 =>
                Convert(MemoryMarshal.Cast<Float16, Half>(value.GetTensorDataAsSpan<Float16>()), x => (float)x),
            TensorElementType.BFloat16 =>
                Convert(MemoryMarshal.Cast<BFloat16, ushort>(value.GetTensorDataAsSpan<BFloat16>()),
                    x => BitConverter.UInt32BitsToSingle((uint)x << 16)),
            _ => throw new InvalidDataException($"An output is {type}; it must be one of float32, float64, float16, bfloat16."),
        };
    }

    private static float[] Convert<T>(ReadOnlySpan<T> values, Func<T, float> convert)
    {
        var floats = new float[values.Length];
        for (var i = 0; i < floats.Length; i++)
            floats[i] = convert(values[i]);
        return floats;
    }

    // The upper half of a float32, rounded half to even; a NaN keeps its sign and stays one.
    private static ushort RoundToBFloat16(float x)
    {
        var bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
