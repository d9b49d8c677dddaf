using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>Faults of gray values that no exposure produces.</summary>
internal static class ToneFaults
{
    public static float[] Inverted(Func<float[]> good, int side, RandomSource random) => MapTone(good(), v => 1 - v);

    public static float[] LowContrast(Func<float[]> good, int side, RandomSource random)
    {
        var contrast = random.NextDouble(0.04, 0.3);
        var level = random.NextDouble(0.2, 0.8);
        return MapTone(good(), v => (v - 0.5) * contrast + level);
    }

    /// <summary>A logistic curve: soft, no shade is cut off, but the middle ones are pulled apart.</summary>
    public static float[] Steep(Func<float[]> good, int side, RandomSource random)
    {
        var slope = random.NextDouble(9, 22);
        var middle = random.NextDouble(0.25, 0.75);
        double Curve(double v) => 1 / (1 + Math.Exp(-slope * (v - middle)));
        var (low, high) = (Curve(0), Curve(1));
        return MapTone(good(), v => (Curve(v) - low) / (high - low));
    }

    /// <summary>Gamma of 0.15 to 0.4, or 2.5 to 6.</summary>
    public static float[] Bent(Func<float[]> good, int side, RandomSource random)
    {
        var gamma = random.NextBool(0.5) ? random.NextDouble(0.15, 0.4) : random.NextDouble(2.5, 6);
        return MapTone(good(), v => Math.Pow(v, gamma));
    }

    /// <summary>The scale runs up and down, or starts again, one and a half to five times.</summary>
    public static float[] Folded(Func<float[]> good, int side, RandomSource random)
    {
        var times = random.NextDouble(1.5, 5);
        var again = random.NextBool(0.4);
        return MapTone(good(), v => again ? v * times % 1 : Math.Abs((v * times + 1) % 2 - 1));
    }

    /// <summary>Two or three shades, the error handed on to the neighbours (Floyd and Steinberg 1976), or a fixed raster.</summary>
    public static float[] Dithered(Func<float[]> good, int side, RandomSource random)
    {
        var image = good();
        var steps = 1 + random.NextInt(2);
        var raster = random.NextBool(0.4);
        for (var i = 0; i < image.Length; i++)
        {
            var (x, y) = (i % side, i / side);
            var wanted = image[i] + (raster ? (((x * 2 + y * 3) % 4 - 1.5) / (4.0 * steps)) : 0);
            var shade = ImageAugmentation.ClampToUnit(Math.Round(wanted * steps) / steps);
            var error = raster ? 0 : image[i] - shade;
            image[i] = shade;
            Add(x + 1, y, 7);
            Add(x - 1, y + 1, 3);
            Add(x, y + 1, 5);
            Add(x + 1, y + 1, 1);

            void Add(int u, int v, int share)
            {
                if (u >= 0 && u < side && v < side)
                    image[v * side + u] += error * share / 16;
            }
        }

        return image;
    }

    internal static float[] MapTone(float[] image, Func<double, double> tone) =>
        [.. image.Select(v => ImageAugmentation.ClampToUnit(tone(v)))];
}
