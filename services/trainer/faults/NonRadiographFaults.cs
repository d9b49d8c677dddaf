using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>Images that are not radiographs.</summary>
internal static class NonRadiographFaults
{
    public static float[] Blank(Func<float[]> good, int side, RandomSource random)
    {
        var level = random.NextBool(0.4) ? random.NextInt(2) : random.NextDouble(0, 1);
        var slope = random.NextBool(0.3) ? random.NextDouble(-0.2, 0.2) : 0;
        var noise = random.NextDouble(0, 0.02);
        var result = new float[side * side];
        for (var i = 0; i < result.Length; i++)
            result[i] = ImageAugmentation.ClampToUnit(level + slope * ((double)(i / side) / side - 0.5) + noise * random.NextNormal());
        return result;
    }

    /// <summary>Pure noise, clouds, stripes, checkers, discs and boxes, lines of writing.</summary>
    public static float[] NotARadiograph(Func<float[]> good, int side, RandomSource random)
    {
        var kind = random.NextInt(6);
        var result = new float[side * side];
        var frequencyX = random.NextDouble(0.05, 1.2);
        var frequencyY = random.NextDouble(-1.2, 1.2);
        var period = 2 + random.NextInt(12);
        for (var i = 0; i < result.Length; i++)
        {
            var (x, y) = (i % side, i / side);
            result[i] = kind switch
            {
                0 => (float)random.NextDouble(0, 1),
                1 => ImageAugmentation.ClampToUnit(0.5 + 0.5 * Math.Sin(frequencyX * x + frequencyY * y)),
                2 => (x / period + y / period) % 2,
                3 => y % (period + 3) < period / 2 + 1 && random.NextBool(0.5) ? 1 : 0,
                4 => (float)random.NextDouble(0, 1),
                _ => ImageAugmentation.ClampToUnit(random.NextDouble(0, 0.1)),
            };
        }

        if (kind == 4)
            return StretchContrast(ImageAugmentation.GaussianBlur(result, side, random.NextDouble(2, 7)));
        if (kind == 5)
            AddShapes(result, side, random);
        return random.NextBool(0.3) ? ToneFaults.MapTone(result, v => 1 - v) : result;
    }

    private static void AddShapes(float[] image, int side, RandomSource random)
    {
        for (var n = 2 + random.NextInt(10); n > 0; n--)
        {
            var cx = random.NextDouble(0, side);
            var cy = random.NextDouble(0, side);
            var rx = random.NextDouble(2, side / 2.5);
            var ry = random.NextDouble(2, side / 2.5);
            var level = (float)random.NextDouble(0, 1);
            var round = random.NextBool(0.5);
            for (var i = 0; i < image.Length; i++)
            {
                var (u, v) = ((i % side - cx) / rx, (i / side - cy) / ry);
                if (round ? u * u + v * v < 1 : Math.Abs(u) < 1 && Math.Abs(v) < 1)
                    image[i] = level;
            }
        }
    }

    private static float[] StretchContrast(float[] image)
    {
        var (low, high) = (image.Min(), image.Max());
        return ToneFaults.MapTone(image, v => (v - low) / (high - low + 1e-6));
    }
}
