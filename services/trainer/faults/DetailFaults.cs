using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>Faults of detail: too little, too much, or artificial.</summary>
internal static class DetailFaults
{
    public static float[] Blurred(Func<float[]> good, int side, RandomSource random) => ImageAugmentation.GaussianBlur(good(), side,
        side / 64.0 * (random.NextBool(0.5) ? random.NextDouble(1.1, 2.2) : random.NextDouble(2.2, 5)));

    /// <summary>Moved by 5 to 16 pixels of 64 while it was taken.</summary>
    public static float[] Smeared(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var length = side / 64.0 * random.NextDouble(5, 16);
        var angle = random.NextDouble(0, Math.PI);
        var dx = Math.Cos(angle);
        var dy = Math.Sin(angle);
        var steps = (int)Math.Ceiling(length);
        return GeometryFaults.MapPixels(side, (x, y) =>
            Enumerable.Range(0, steps + 1)
                .Average(i => ImageAugmentation.SampleBilinear(image, side, x + dx * (i - steps / 2.0), y + dy * (i - steps / 2.0))));
    }

    /// <summary>Unsharp mask of two to seven times.</summary>
    public static float[] Sharpened(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var amount = random.NextDouble(2, 7);
        var soft = ImageAugmentation.GaussianBlur(image, side, random.NextDouble(0.8, 3));
        return [.. image.Select((v, i) => ImageAugmentation.ClampToUnit(v + amount * (v - soft[i])))];
    }

    /// <summary>Tiles of one shade, 2 to 8 pixels of 64 wide.</summary>
    public static float[] Pixelated(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var tile = Math.Max(2, side / 64 * (2 + random.NextInt(7)));
        var (left, top) = (random.NextInt(tile), random.NextInt(tile));
        return GeometryFaults.MapPixels(side, (x, y) => image[Middle(y, top) * side + Middle(x, left)]);
        int Middle(int at, int shift) => Math.Clamp((at + shift) / tile * tile - shift + tile / 2, 0, side - 1);
    }

    /// <summary>
    /// What coarse wavelet compression leaves: the strongest 1.5 to 6 % of the coefficients (Haar 1910), or all of them rounded to a step.
    /// </summary>
    public static float[] Thinned(Func<float[]> good, int side, RandomSource random)
    {
        var waves = good();
        var kept = random.NextDouble(0.015, 0.06);
        var step = random.NextBool(0.5) ? (float)random.NextDouble(0.15, 0.5) : 0;
        var levels = 2 + random.NextInt(3);
        for (var level = 0; level < levels; level++)
            HaarTransform(waves, side, side >> level, forward: true);
        var least = waves.Select(Math.Abs).OrderDescending().ElementAt((int)(kept * waves.Length));
        for (var i = 0; i < waves.Length; i++)
            waves[i] = step > 0 ? MathF.Round(waves[i] / step) * step : Math.Abs(waves[i]) < least ? 0 : waves[i];
        for (var level = levels - 1; level >= 0; level--)
            HaarTransform(waves, side, side >> level, forward: false);
        return ToneFaults.MapTone(waves, v => v);
    }

    /// <summary>Gaussian noise: plain, blurred into clumps, or stronger where the image is bright.</summary>
    public static float[] Noisy(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var sigma = random.NextDouble(0.08, 0.4);
        var kind = random.NextInt(3);
        float[] noise = [.. image.Select(_ => (float)random.NextNormal())];
        if (kind == 1)
            noise = [.. ImageAugmentation.GaussianBlur(noise, side, 1).Select(v => 3 * v)];
        return [.. image.Select((v, i) => ImageAugmentation.ClampToUnit(v + sigma * noise[i] * (kind == 2 ? 2 * v : 1)))];
    }

    /// <summary>One level of the orthonormal transform on the upper left square.</summary>
    private static void HaarTransform(float[] image, int side, int size, bool forward)
    {
        var line = new float[size];
        var half = size / 2;
        var root = 1 / MathF.Sqrt(2);
        for (var pass = 0; pass < 2; pass++)
        {
            for (var row = 0; row < size; row++)
            {
                int At(int i) => pass == 0 ? row * side + i : i * side + row;
                for (var i = 0; i < half; i++)
                {
                    var (a, b) = forward ? (image[At(2 * i)], image[At(2 * i + 1)]) : (image[At(i)], image[At(half + i)]);
                    (line[forward ? i : 2 * i], line[forward ? half + i : 2 * i + 1]) = ((a + b) * root, (a - b) * root);
                }

                for (var i = 0; i < size; i++)
                    image[At(i)] = line[i];
            }
        }
    }
}
