using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace SynCxr.Mesh.Testkit.Goldens;

/// <summary>Tensors that NumPy or safetensors wrote, flat, row-major, as float32.</summary>
public static class TensorFile
{
    /// <summary>The tensors of a <c>.safetensors</c> file by name; float32, float16, uint8 and int64 are read.</summary>
    public static IReadOnlyDictionary<string, float[]> ReadSafetensors(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        var tensors = new Dictionary<string, float[]>();
        foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            var offsets = entry.Value.GetProperty("data_offsets");
            var (from, to) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            var data = bytes.AsSpan(8 + headerLength + from, to - from);
            tensors[entry.Name] = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F32" => MemoryMarshal.Cast<byte, float>(data).ToArray(),
                "F16" => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(data).ToArray(), x => (float)x),
                "U8" => Array.ConvertAll(data.ToArray(), x => (float)x),
                "I64" => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(data).ToArray(), x => (float)x),
                var other => throw new InvalidDataException($"{path}: '{entry.Name}' is {other}"),
            };
        }
        return tensors;
    }

    /// <summary>The values of a <c>.npy</c> file.</summary>
    public static float[] ReadNumpy(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var isOld = bytes[6] == 1; // the header's length has 2 bytes in version 1, 4 later
        var length = isOld
            ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))
            : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        var start = (isOld ? 10 : 12) + length;
        var header = Encoding.ASCII.GetString(bytes, 0, start);
        if (!header.Contains("'<f4'", StringComparison.Ordinal) || header.Contains("'fortran_order': True", StringComparison.Ordinal))
            throw new InvalidDataException($"{path}: is not row-major float32");
        return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start)).ToArray();
    }

    /// <summary>The values of a <c>.npy</c> file of version 1 that holds integers of 8 or 16 bits, in either byte order.</summary>
    public static int[] ReadNumpyIntegers(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        var type = Encoding.ASCII.GetString(bytes, 10, start - 10).Split('\'')[3];
        var size = type[2] - '0';
        var values = new int[(bytes.Length - start) / size];
        for (var i = 0; i < values.Length; i++)
        {
            var value = bytes.AsSpan(start + (i * size), size);
            int signed = size == 1 ? (sbyte)value[0]
                : type[0] == '>' ? BinaryPrimitives.ReadInt16BigEndian(value) : BinaryPrimitives.ReadInt16LittleEndian(value);
            values[i] = type[1] == 'i' ? signed : signed & (size == 1 ? byte.MaxValue : ushort.MaxValue);
        }

        return values;
    }
}
