using System.Runtime.InteropServices;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>
/// Reads one tensor of a safetensors file. Types that TorchSharp lacks come in the next wider one that holds every value: 8-bit floating
/// point as float32, unsigned integers as signed ones.
/// </summary>
internal static class SafetensorsTensorReader
{
    private static readonly Dictionary<string, ScalarType> _types = new(StringComparer.Ordinal)
    {
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["F64"] = ScalarType.Float64,
        ["C64"] = ScalarType.ComplexFloat32,
        ["I64"] = ScalarType.Int64,
        ["I32"] = ScalarType.Int32,
        ["I16"] = ScalarType.Int16,
        ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte,
    };

    /// <summary>The format's word for a type; null where it is not written.</summary>
    public static string? FindType(ScalarType type) => _types.FirstOrDefault(t => t.Value == type).Key;

    /// <param name="file">At the tensor's first byte; left behind its last.</param>
    /// <returns>Owned by the caller, in no dispose scope.</returns>
    /// <exception cref="InvalidDataException">Names file and tensor: its type has no wider one here, or it is too large.</exception>
    public static Tensor Read(Stream file, string path, string name, SafetensorsEntry entry)
    {
        if (entry.Length > Array.MaxLength)
            throw Problem(path, name, $"has {entry.Length} bytes; a tensor of more than {Array.MaxLength} is not read");
        if (_types.TryGetValue(entry.Type, out var type))
        {
            if (entry.Length == 0) // a shape as [0, 2^62, 4] has no strides that can be counted, and can be a view all the same
            {
                using var nothing = empty(0, type, CPU);
                return nothing.reshape([.. entry.Shape]).DetachFromDisposeScope();
            }

            var tensor = empty([.. entry.Shape], type, CPU);
            file.ReadExactly(tensor.bytes);
            return tensor.DetachFromDisposeScope();
        }

        var bytes = new byte[entry.Length];
        file.ReadExactly(bytes);
        using var flat = Widen(path, name, entry, bytes);
        return flat.reshape([.. entry.Shape]).DetachFromDisposeScope();
    }

    private static Tensor Widen(string path, string name, SafetensorsEntry entry, byte[] bytes)
    {
        if (Float8Decoder.FindValues(entry.Type) is { } values)
            return tensor(Array.ConvertAll(bytes, b => values[b]), ScalarType.Float32, CPU);
        switch (entry.Type)
        {
            case "BOOL":
                return tensor(Array.ConvertAll(bytes, b => b != 0), ScalarType.Bool, CPU); // a 2 is true, as in PyTorch
            case "U16":
                return tensor(Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), v => (int)v), ScalarType.Int32, CPU);
            case "U32":
                return tensor(Array.ConvertAll(MemoryMarshal.Cast<byte, uint>(bytes).ToArray(), v => (long)v), ScalarType.Int64, CPU);
            case "U64":
                var wide = MemoryMarshal.Cast<byte, ulong>(bytes).ToArray();
                return Array.TrueForAll(wide, v => v <= long.MaxValue)
                    ? tensor(Array.ConvertAll(wide, v => (long)v), ScalarType.Int64, CPU)
                    : throw Problem(path, name, $"holds an integer above {long.MaxValue}, which no tensor here can");
            default:
                throw Problem(path, name, $"has type {entry.Type}, which is not computed with here");
        }
    }

    private static InvalidDataException Problem(string path, string name, string problem) =>
        new($"{path}: '{EchoedText.Shorten(name)}' {problem}");
}
