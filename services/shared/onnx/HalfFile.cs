using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Onnx;

/// <summary>Reads a row-major matrix of little-endian float16 values, the format of the banks and indexes beside a model.</summary>
public static class HalfFile
{
    /// <param name="path">The file, <c>rows * columns * 2</c> bytes.</param>
    /// <returns>The values as float32, row-major, [rows, columns].</returns>
    /// <exception cref="InvalidDataException">The file's length is another.</exception>
    public static float[] Read(string path, int rows, int columns)
    {
        var bytes = File.ReadAllBytes(path);
        var expected = (long)rows * columns * sizeof(ushort);
        if (bytes.Length != expected)
            throw new InvalidDataException($"{path} has {bytes.Length} bytes; {rows} rows of {columns} float16 values are {expected}");
        var halves = MemoryMarshal.Cast<byte, Half>(bytes);
        var values = new float[halves.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)halves[i];
        return values;
    }
}
