using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Models;

/// <summary>
/// A row-major matrix that is stored as little-endian float16 and computed with as float32: <c>index.f16</c>, <c>bad-bank.f16</c>.
/// </summary>
public sealed class HalfMatrix
{
    private readonly float[] _values;

    /// <exception cref="ArgumentException">The number of values is not rows times columns.</exception>
    public HalfMatrix(int rows, int columns, float[] values)
    {
        if (rows < 0 || columns < 1 || values.Length != (long)rows * columns)
            throw new ArgumentException($"{rows} x {columns} does not go with {values.Length} values", nameof(values));
        (Rows, Columns, _values) = (rows, columns, values);
    }

    public int Rows { get; }

    public int Columns { get; }

    public ReadOnlySpan<float> this[int row] => _values.AsSpan(row * Columns, Columns);

    /// <exception cref="InvalidDataException">The file is not as long as it must be, or holds a value that is no number.</exception>
    public static HalfMatrix Read(string path, int rows, int columns)
    {
        var bytes = File.ReadAllBytes(path);
        if (rows < 0 || columns < 1 || bytes.Length != (long)rows * columns * 2)
            throw new InvalidDataException($"{path}: {bytes.Length} bytes found, {rows} x {columns} float16 wanted");
        var halves = MemoryMarshal.Cast<byte, Half>(bytes);
        var values = new float[halves.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)halves[i];
            if (!float.IsFinite(values[i]))
                throw new InvalidDataException($"{path}: row {i / columns} holds {values[i]}");
        }

        return new HalfMatrix(rows, columns, values);
    }

    /// <summary>Writes float16; values are rounded to the nearest.</summary>
    public void Write(string path)
    {
        var halves = new Half[_values.Length];
        for (var i = 0; i < halves.Length; i++)
            halves[i] = (Half)_values[i];
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<Half>(halves).ToArray());
    }
}
