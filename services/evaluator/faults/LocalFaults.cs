using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Faults;

/// <summary>Faults in a part of the image.</summary>
internal static class LocalFaults
{
    private static readonly double[] _boxSides = [0.25, 0.38, 0.5];
    private static readonly int[] _lines = [1, 3, 6];

    // Three by five dots, one octal digit a row.
    private static readonly string[] _glyphs = ["75557", "26227", "71747", "71717", "55711", "74717", "25755", "65556", "74647", "55755",
        "75564", "34216"];

    /// <summary>A box of one shade, a quarter, 0.38 or half of the side long.</summary>
    public static float[] OccludingBox(float[] image, int side, int strength, Func<float[]> other, RandomSource random)
    {
        var length = (int)Math.Round(_boxSides[strength] * side);
        var left = random.NextInt(side - length + 1);
        var top = random.NextInt(side - length + 1);
        var shade = (float)random.NextDouble(0, 1);
        var result = (float[])image.Clone();
        for (var y = top; y < top + length; y++)
            Array.Fill(result, shade, y * side + left, length);
        return result;
    }

    /// <summary>One, three or six lines of white writing.</summary>
    public static float[] BurntInText(float[] image, int side, int strength, Func<float[]> other, RandomSource random)
    {
        var result = (float[])image.Clone();
        var scale = Math.Max(1, side / 64);
        var lines = random.Permutation(side / (7 * scale))[.._lines[strength]];
        foreach (var line in lines)
        {
            var letters = 4 + random.NextInt(9);
            var left = random.NextInt(Math.Max(1, side - letters * 4 * scale));
            for (var n = 0; n < letters; n++)
                StampLetter(result, side, random.PickOne(_glyphs), left + n * 4 * scale, line * 7 * scale, scale);
        }

        return result;
    }

    private static void StampLetter(float[] image, int side, string rows, int left, int top, int scale)
    {
        for (var y = 0; y < 5 * scale; y++)
        {
            for (var x = 0; x < 3 * scale; x++)
            {
                if (((rows[y / scale] - '0') >> (2 - x / scale) & 1) != 0 && left + x < side && top + y < side)
                    image[(top + y) * side + left + x] = 1;
            }
        }
    }
}
