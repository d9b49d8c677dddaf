using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Faults;

/// <summary>Pictures that are no radiograph at all.</summary>
internal static class NonRadiographFaults
{
    public static float[] Blank(Func<float[]> good, int side, RandomSource dice)
    {
        var (level, slope, noise) = (dice.NextBool(0.4) ? dice.NextInt(2) : dice.NextDouble(0, 1),
            dice.NextBool(0.3) ? dice.NextDouble(-0.2, 0.2) : 0, dice.NextDouble(0, 0.02));
        var result = new float[side * side];
        for (var i = 0; i < result.Length; i++)
            result[i] = ImageAugmentation.ClampToUnit(level + slope * ((double)(i / side) / side - 0.5) + noise * dice.NextNormal());
        return result;
    }

    /// <summary>Pure noise, clouds, stripes, checkers, discs and boxes, lines of writing.</summary>
    public static float[] NotARadiograph(Func<float[]> good, int side, RandomSource dice)
    {
        var kind = dice.NextInt(6);
        var result = new float[side * side];
        var (a, b, c) = (dice.NextDouble(0.05, 1.2), dice.NextDouble(-1.2, 1.2), 2 + dice.NextInt(12));
        for (var i = 0; i < result.Length; i++)
        {
            var (x, y) = (i % side, i / side);
            result[i] = kind switch
            {
                0 => (float)dice.NextDouble(0, 1),
                1 => ImageAugmentation.ClampToUnit(0.5 + 0.5 * Math.Sin(a * x + b * y)),
                2 => (x / c + y / c) % 2,
                3 => y % (c + 3) < c / 2 + 1 && dice.NextBool(0.5) ? 1 : 0,
                4 => (float)dice.NextDouble(0, 1),
                _ => ImageAugmentation.ClampToUnit(dice.NextDouble(0, 0.1)),
            };
        }

        if (kind == 4)
            return StretchContrast(ImageAugmentation.GaussianBlur(result, side, dice.NextDouble(2, 7)));
        if (kind == 5)
            AddShapes(result, side, dice);
        return dice.NextBool(0.3) ? ToneFaults.MapTone(result, v => 1 - v) : result;
    }

    private static void AddShapes(float[] picture, int side, RandomSource dice)
    {
        for (var n = 2 + dice.NextInt(10); n > 0; n--)
        {
            var (cx, cy, rx, ry) = (dice.NextDouble(0, side), dice.NextDouble(0, side), dice.NextDouble(2, side / 2.5),
                dice.NextDouble(2, side / 2.5));
            var (level, round) = ((float)dice.NextDouble(0, 1), dice.NextBool(0.5));
            for (var i = 0; i < picture.Length; i++)
            {
                var (u, v) = ((i % side - cx) / rx, (i / side - cy) / ry);
                if (round ? u * u + v * v < 1 : Math.Abs(u) < 1 && Math.Abs(v) < 1)
                    picture[i] = level;
            }
        }
    }

    private static float[] StretchContrast(float[] picture)
    {
        var (low, high) = (picture.Min(), picture.Max());
        return ToneFaults.MapTone(picture, v => (v - low) / (high - low + 1e-6));
    }
}
