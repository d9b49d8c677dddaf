namespace SynCxr.Mesh.Models.Weights;

/// <summary>Values of 8 bits as float32, which holds each of them exactly (OCP 8-bit floating point, 2023; <c>FNUZ</c>: ONNX).</summary>
public static class Float8Decoder
{
    /// <summary>The 256 values of a type by their bits; null where the type is none of 8-bit floating point.</summary>
    public static float[]? FindValues(string type) => type switch
    {
        "F8_E4M3" => CreateValues(mantissa: 3, bias: 7, bits => (bits & 0x7f) == 0x7f ? float.NaN : null),
        "F8_E4M3FNUZ" => CreateValues(mantissa: 3, bias: 8, bits => bits == 0x80 ? float.NaN : null),
        "F8_E5M2" => CreateValues(mantissa: 2, bias: 15, bits => (bits & 0x7f) switch
        {
            0x7c => bits == 0x7c ? float.PositiveInfinity : float.NegativeInfinity,
            > 0x7c => float.NaN,
            _ => null,
        }),
        "F8_E5M2FNUZ" => CreateValues(mantissa: 2, bias: 16, bits => bits == 0x80 ? float.NaN : null),
        "F8_E8M0" => [.. Enumerable.Range(0, 256).Select(bits => bits == 255 ? float.NaN : MathF.ScaleB(1, bits - 127))],
        _ => null,
    };

    private static float[] CreateValues(int mantissa, int bias, Func<int, float?> special) => [.. Enumerable.Range(0, 256).Select(bits =>
    {
        var exponent = (bits & 0x7f) >> mantissa;
        var fraction = bits & ((1 << mantissa) - 1);
        var size = exponent == 0
            ? MathF.ScaleB(fraction, 1 - bias - mantissa)
            : MathF.ScaleB((1 << mantissa) + fraction, exponent - bias - mantissa);
        return special(bits) ?? (bits < 0x80 ? size : -size);
    })];
}
