using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Faults;

/// <summary>Faults of the whole image.</summary>
internal static class WholeImageFaults
{
    private static readonly int[] _levels = [8, 4, 2];
    private static readonly int[] _parts = [2, 4, 9];
    private static readonly double[] _salted = [0.02, 0.06, 0.15];
    private static readonly double[] _mixed = [0.3, 0.4, 0.5];
    private static readonly double[] _clipped = [1.8, 2.6, 4];

    /// <summary>Upside down. All three strengths are the same.</summary>
    public static float[] VerticalFlip(float[] image, int side, int strength, Func<float[]> other, RandomSource random)
    {
        var result = new float[image.Length];
        for (var y = 0; y < side; y++)
            Array.Copy(image, (side - 1 - y) * side, result, y * side, side);
        return result;
    }

    /// <summary>8, 4 or 2 shades of gray.</summary>
    public static float[] Posterise(float[] image, int side, int strength, Func<float[]> other, RandomSource random)
    {
        var steps = _levels[strength] - 1;
        return [.. image.Select(v => (float)(Math.Round(v * steps) / steps))];
    }

    /// <summary>Three by three radiographs, of which 2, 4 or all 9 are others than the first; the rest repeat it.</summary>
    public static float[] Collage(float[] image, int side, int strength, Func<float[]> other, RandomSource random)
    {
        var different = random.Permutation(9)[.._parts[strength]].ToHashSet();
        var parts = Enumerable.Range(0, 9).Select(i => different.Contains(i) ? other() : image).ToArray();
        var result = new float[image.Length];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                result[y * side + x] = parts[y * 3 / side * 3 + x * 3 / side][y * 3 % side * side + x * 3 % side];
        }

        return result;
    }

    /// <summary>2, 6 or 15 % of the pixels black or white.</summary>
    public static float[] SaltAndPepper(float[] image, int side, int strength, Func<float[]> other, RandomSource random) =>
        [.. image.Select(v => random.NextBool(_salted[strength]) ? random.NextInt(2) : v)];

    /// <summary>30, 40 or 50 % of another radiograph.</summary>
    public static float[] Blend(float[] image, int side, int strength, Func<float[]> other, RandomSource random)
    {
        var second = other();
        var share = (float)_mixed[strength];
        return [.. image.Select((v, i) => (1 - share) * v + share * second[i])];
    }

    /// <summary>Contrast 1.8, 2.6 or 4 times about a bright or a dark level, the rest cut off.</summary>
    public static float[] ClippedExposure(float[] image, int side, int strength, Func<float[]> other, RandomSource random)
    {
        var level = random.NextBool(0.5) ? 0.25 : 0.75;
        return [.. image.Select(v => (float)Math.Clamp((v - level) * _clipped[strength] + level, 0, 1))];
    }
}
