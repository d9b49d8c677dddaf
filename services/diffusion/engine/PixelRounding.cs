namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// Decoded samples, -1 black to 1 white, as bytes: half to even of clip(x / 2 + 0.5, 0, 1) * 255, as diffusers rounds them.
/// </summary>
internal static class PixelRounding
{
    /// <param name="x">A finite sample.</param>
    public static byte ToByte(float x) => ScaleToByte((x * 0.5f) + 0.5f);

    /// <summary>The same for a sample of a float16 graph, where diffusers computes x / 2 + 0.5 in float16.</summary>
    public static byte ToByteFromHalf(float x) => ScaleToByte((float)(Half)((float)(Half)(x * 0.5f) + 0.5f));

    /// <summary>
    /// The same for a decoder of one colour, which diffusers does not have: half up of (x + 1) * 127.5, as sealed data sets have it. It
    /// differs by 1 where a sample lies between two bytes within single precision, in about one pixel of 60,000.
    /// </summary>
    public static byte ToByteOfGrayDecoder(float x) => (byte)Math.Clamp(MathF.Floor(((x + 1) * 127.5f) + 0.5f), 0, 255);

    private static byte ScaleToByte(float unit) => (byte)MathF.Round(Math.Clamp(unit, 0f, 1f) * 255f, MidpointRounding.ToEven);
}
